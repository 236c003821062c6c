//! Structured fields (RFC 8941), as far as signatures need them.
//!
//! In comes the text of a header; out go its members, strings and bytes. Always:
//! what is not understood is refused with words. Absent: every other kind of item.

use super::decoded;

/// `Signature-Input` with its one member.
#[derive(Debug, PartialEq)]
pub(super) struct Input<'a> {
    /// Name of the signature.
    pub(super) label: &'a str,
    /// Components covered, in order.
    pub(super) components: Vec<String>,
    parameters: Vec<(&'a str, &'a str)>,
    /// Components and parameters, as they stand.
    pub(super) value: &'a str,
}

impl<'a> Input<'a> {
    pub(super) fn read(field: &'a str) -> Result<Self, String> {
        let members = split(field, ',');
        let [member] = members.as_slice() else {
            return Err("send one signature, and one only".to_owned());
        };
        let unread = "`Signature-Input` is not LABEL=(\"component\" …);created=…;keyid=\"…\"";
        let (label, value) = member.split_once('=').ok_or(unread)?;
        let mut parts = split(value, ';').into_iter();
        let list = parts
            .next()
            .and_then(|list| list.strip_prefix('(')?.strip_suffix(')'))
            .ok_or(unread)?;
        let mut components = Vec::new();
        for component in list.split_ascii_whitespace() {
            // A component with parameters of its own would be one that is not
            // known here.
            let name = string(component).ok_or(unread)?;
            if components.iter().any(|known| known == name) {
                return Err(format!("\"{name}\" is covered twice"));
            }
            components.push(name.to_owned());
        }
        let parameters = parts
            .map(|parameter| parameter.split_once('='))
            .collect::<Option<_>>()
            .ok_or(unread)?;
        Ok(Self {
            label,
            components,
            parameters,
            value,
        })
    }

    pub(super) fn covers(&self, component: &str) -> bool {
        self.components.iter().any(|covered| covered == component)
    }

    /// Of several of one name, the last (RFC 8941, 3.1.2).
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let found = self.parameters.iter().rev().find(|(key, _)| *key == name);
        found.map(|(_, value)| string(value).unwrap_or(value))
    }
}

/// The bytes of the member `label=:BASE64:`.
pub(super) fn bytes_of(field: &str, label: &str) -> Option<Vec<u8>> {
    split(field, ',').into_iter().find_map(|member| {
        let value = member.strip_prefix(label)?.strip_prefix('=')?;
        decoded(value.strip_prefix(':')?.strip_suffix(':')?)
    })
}

/// A string without escapes, out of its quotes.
fn string(item: &str) -> Option<&str> {
    let text = item.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains(['"', '\\'])).then_some(text)
}

/// Parts between separators that stand in no quotes and no brackets, trimmed.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut depth, mut from) = (false, 0_u32, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c == separator && !quoted && depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_read() {
        let field = r#"sig1=("@method" "@path");created=5;keyid="a;b,c";alg="hmac-sha256""#;
        let input = Input::read(field).unwrap();
        assert_eq!(input.label, "sig1");
        assert_eq!(input.components, ["@method", "@path"]);
        assert_eq!(input.parameter("created"), Some("5"));
        assert_eq!(input.parameter("keyid"), Some("a;b,c"));
        assert_eq!(input.parameter("nonce"), None);
        assert_eq!(Some(input.value), field.strip_prefix("sig1="));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for field in [
            "",
            "sig1",
            r#"sig1="@method""#,
            r#"sig1=("@method" "@method")"#,
            r#"sig1=("@method";req)"#,
            r#"sig1=("@method"), sig2=("@path")"#,
            r#"sig1=("@method");created"#,
        ] {
            assert!(Input::read(field).is_err(), "{field}");
        }
        assert_eq!(bytes_of("a=:AQI=:, b=:Aw==:", "b"), Some(vec![3]));
        assert_eq!(bytes_of("a=:AQI=:", "b"), None);
        assert_eq!(bytes_of("a=:*:", "a"), None);
    }
}

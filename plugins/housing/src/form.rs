//! Forms as housing's system answers them.
//!
//! In comes a body, `application/x-www-form-urlencoded` in UTF-8; out go its
//! pairs. Always: a body that is no form, or gives one name twice, is refused as a
//! whole, since two answers run together look like that. Absent: writing forms,
//! which the SDK does.

/// The pairs of a form.
#[derive(Debug, PartialEq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body. `None`: it is no form, or gives a name twice.
    pub(crate) fn read(body: &str) -> Option<Self> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in body.trim_end().split('&') {
            let (name, value) = pair.split_once('=')?;
            let (name, value) = (decoded(name)?, decoded(value)?);
            if name.is_empty() || pairs.iter().any(|(earlier, _)| *earlier == name) {
                return None;
            }
            pairs.push((name, value));
        }
        Some(Self(pairs))
    }

    /// What stands under this name; an empty value is the same as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// As [`Form::get`], to be kept.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

/// `None`: a broken escape, or not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => (digit(rest.next()?)? << 4) | digit(rest.next()?)?,
            // A second `=` is what two answers in one leave behind.
            b'=' => return None,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, name: &str, expected: Option<&str>) {
        let form = Form::read(body);
        let found = form.as_ref().and_then(|form| form.get(name));
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn pairs_are_decoded() {
        check("a=1&b=%E7%94%B2+x%26y", "b", Some("甲 x&y"));
        check(
            "a=2026-02-01T10%3A00%3A00%2B08%3A00",
            "a",
            Some("2026-02-01T10:00:00+08:00"),
        );
        check("a=1&b=\n", "b", None);
    }

    #[test]
    fn what_is_no_form_is_refused_as_a_whole() {
        for body in [
            "", "ok", "<html>", "a=%E7", "a=%zz", "a=%4", "=x", "a=1&&b=2",
        ] {
            assert_eq!(Form::read(body), None, "{body}");
        }
    }

    #[test]
    fn two_answers_in_one_are_refused() {
        for body in ["a=1&a=1", "key=o-1&state=donekey=o-1&state=done"] {
            assert_eq!(Form::read(body), None, "{body}");
        }
    }
}

//! One value out of an answer.
//!
//! Comes in: JSON, and which value of it. Goes out: the value as text, or what is there
//! instead. Always holds: of a list, exactly one element fits.

use super::steps::Pick;
use anyhow::{Context as _, bail};
use serde_json::Value;

/// The text at a pointer. In `*`, the one element that fits.
pub(super) fn picked(json: &Value, pick: &Pick) -> anyhow::Result<String> {
    let Pick { pointer, condition } = pick;
    let at = |value: &Value, pointer: &str| value.pointer(pointer).map(text_of);
    let Some((list, inside)) = pointer.split_once("/*") else {
        let found = at(json, pointer);
        return found.with_context(|| format!("nothing is at {pointer} in {}", shown(json)));
    };
    let elements = json.pointer(list).and_then(Value::as_array);
    let elements = elements.with_context(|| format!("no list is at {list} in {}", shown(json)))?;
    let fits = |element: &&Value| {
        let condition = condition.as_ref();
        condition.is_none_or(|(pointer, text)| at(element, pointer).as_ref() == Some(text))
    };
    let fitting: Vec<&Value> = elements.iter().filter(fits).collect();
    match fitting.as_slice() {
        [one] => {
            at(one, inside).with_context(|| format!("nothing is at {inside} in {}", shown(one)))
        }
        several => bail!(
            "{} of the {} elements at {list} fit, and it must be one; write `where POINTER = TEXT`. \
             They are: {}",
            several.len(),
            elements.len(),
            shown(json.pointer(list).unwrap_or(json))
        ),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// JSON for whoever looks for a pointer, cut off where it is long.
fn shown(json: &Value) -> String {
    const MOST: usize = 2_000;
    let text = json.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_value_is_picked_or_the_fault_is_named() {
        let file = json!({ "records": [
            { "id": "a", "record": { "item": "X" } }, { "id": "b", "record": { "item": "Y" } }
        ], "n": 3 });
        let of = |pointer: &str, condition: Option<(&str, &str)>| {
            let pick = Pick {
                pointer: pointer.to_owned(),
                condition: condition.map(|(a, b)| (a.to_owned(), b.to_owned())),
            };
            picked(&file, &pick).map_err(|error| error.to_string())
        };
        assert_eq!(of("/records/1/id", None).unwrap(), "b");
        assert_eq!(of("/n", None).unwrap(), "3");
        assert_eq!(
            of("/records/*/id", Some(("/record/item", "Y"))).unwrap(),
            "b"
        );
        assert!(
            of("/records/*/id", None)
                .unwrap_err()
                .contains("2 of the 2")
        );
        assert!(of("/x", None).unwrap_err().contains("nothing is at /x"));
        assert!(
            of("/n/*/id", None)
                .unwrap_err()
                .contains("no list is at /n")
        );
    }
}

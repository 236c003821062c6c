//! CSV for a department that takes files.
//!
//! In come cells; out goes one row, as RFC 4180 has it. Always: [`super::normalise`]
//! reads back what stands here. Absent: encodings, which are the host's.

/// Writes one row, with its CR LF.
pub fn write_row(out: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let plain = !cell.contains([',', '"', '\n', '\r']) && cell.trim() == *cell;
        if plain {
            out.push_str(cell);
        } else {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_need_quotes_have_them() {
        let mut out = String::new();
        write_row(&mut out, &["甲", "a,b", "\"x\"", "", " y", "1\n2"]);
        assert_eq!(out, "甲,\"a,b\",\"\"\"x\"\"\",,\" y\",\"1\n2\"\r\n");
    }
}

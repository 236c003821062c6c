//! Components as they are shipped, with another word in their manifest.

/// The component, with the first of these words in its manifest replaced.
pub(crate) fn rewritten(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    const NAME: &[u8] = b"credence:manifest";
    let (magic, mut rest) = component.split_at(8);
    let mut packed = magic.to_vec();
    while !rest.is_empty() {
        let (size, width) = leb(&rest[1..]);
        let (section, behind) = rest.split_at(1 + width + size);
        let content = &section[1 + width..];
        if section[0] == 0 && content[1..].starts_with(NAME) {
            let manifest = std::str::from_utf8(&content[1 + NAME.len()..]).unwrap();
            assert!(manifest.contains(from), "{manifest}");
            let manifest = manifest.replacen(from, to, 1);
            let content = [&[NAME.len() as u8], NAME, manifest.as_bytes()].concat();
            packed.push(0);
            packed.extend(to_leb(content.len()));
            packed.extend(content);
        } else {
            packed.extend(section);
        }
        rest = behind;
    }
    assert_ne!(packed, component);
    packed
}

fn leb(bytes: &[u8]) -> (usize, usize) {
    let (mut value, mut width) = (0, 0);
    loop {
        let byte = bytes[width];
        value |= usize::from(byte & 0x7f) << (7 * width);
        width += 1;
        if byte & 0x80 == 0 {
            return (value, width);
        }
    }
}

fn to_leb(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

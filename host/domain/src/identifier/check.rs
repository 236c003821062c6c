//! The arithmetic of check characters, one function for each standard.
//!
//! Comes in: the characters of a code in its normal form. Goes out: whether its
//! check character fits the others, or the place of a character that the standard
//! does not allow. Always holds: nothing is allocated and nothing searched; each
//! character is looked up in a table once. Deliberately absent: regions and
//! birthdays (`person`), and words about what failed (`error`).

/// Stands in a table for a character that an alphabet does not have.
const NONE: u8 = 0x80;

/// The characters of GB 32100-2015: no I, O, S, V, Z.
static UNIFIED: [u8; 256] = values(b"0123456789ABCDEFGHJKLMNPQRTUWXY");
/// Digits and capitals, of which GB 11714 makes the first eight characters.
static CAPITALS: [u8; 256] = values(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
static DIGITS: [u8; 256] = values(b"0123456789");
/// A check character modulo 11, in which X stands for 10.
static DIGITS_AND_X: [u8; 256] = values(b"0123456789X");

/// The value of each character: its place in the alphabet.
const fn values(alphabet: &[u8]) -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut place = 0;
    while place < alphabet.len() {
        values[alphabet[place] as usize] = place as u8;
        place += 1;
    }
    values
}

/// Whether the check character fits, or the place (from 0) of the first character
/// that the standard does not allow.
pub(super) type Fits = Result<bool, usize>;

/// Sum of the characters' values by weight. `last` are the values of the last
/// character, the check character itself.
fn weighted<const N: usize>(
    code: &[u8; N],
    weights: &[u8; N],
    body: &[u8; 256],
    last: &[u8; 256],
) -> Result<u32, usize> {
    let mut sum = 0;
    let mut all = 0;
    for at in 0..N {
        let table = if at + 1 == N { last } else { body };
        let value = table[usize::from(code[at])];
        all |= value;
        sum += u32::from(value) * u32::from(weights[at]);
    }
    if all & NONE == 0 {
        return Ok(sum);
    }
    let strange = |at: &usize| {
        let table = if at + 1 == N { last } else { body };
        table[usize::from(code[*at])] == NONE
    };
    Err((0..N).find(strange).unwrap_or(0))
}

/// GB 32100-2015: weights 3^i mod 31; with the check character the sum is a
/// multiple of 31.
pub(super) fn unified_code(code: &[u8; 18]) -> Fits {
    const WEIGHTS: [u8; 18] = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1,
    ];
    Ok(weighted(code, &WEIGHTS, &UNIFIED, &UNIFIED)? % 31 == 0)
}

/// GB 11714: with the check character (X for 10) the sum is a multiple of 11.
pub(super) fn organization_code(code: &[u8; 9]) -> Fits {
    const WEIGHTS: [u8; 9] = [3, 7, 9, 10, 5, 8, 4, 2, 1];
    Ok(weighted(code, &WEIGHTS, &CAPITALS, &DIGITS_AND_X)? % 11 == 0)
}

/// GB 11643-1999, ISO 7064 MOD 11-2: with the check character (X for 10) the sum
/// leaves 1.
pub(super) fn resident_number(code: &[u8; 18]) -> Fits {
    const WEIGHTS: [u8; 18] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
    Ok(weighted(code, &WEIGHTS, &DIGITS, &DIGITS_AND_X)? % 11 == 1)
}

/// 15 digits, ISO 7064 MOD 11,10: each digit turns the product of those before it
/// into the next; the last brings it to 1 modulo 10.
pub(super) fn registration_number(code: &[u8; 15]) -> Fits {
    let mut product = 10;
    let mut all = 0;
    for character in &code[..14] {
        let digit = DIGITS[usize::from(*character)];
        all |= digit;
        product = NEXT_PRODUCT[usize::from(product << 4 | digit & 0x0F)];
    }
    let last = DIGITS[usize::from(code[14])];
    if (all | last) & NONE == 0 {
        return Ok((product + last) % 10 == 1);
    }
    let strange = |c: &u8| DIGITS[usize::from(*c)] == NONE;
    Err(code.iter().position(strange).unwrap_or(0))
}

/// The product (in the upper four bits of the index) after a digit (in the lower).
static NEXT_PRODUCT: [u8; 256] = {
    let mut next = [0; 256];
    let mut at = 0;
    while at < 256 {
        let sum = ((at >> 4) + (at & 0x0F)) % 10;
        next[at] = (if sum == 0 { 10 } else { sum } * 2 % 11) as u8;
        at += 1;
    }
    next
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The standards' own wording, as slowly as they say it: what the tables have
    /// to agree with.
    mod slow {
        pub(super) fn unified_code(body: &str) -> char {
            let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
            let mut weight = 1;
            let mut sum = 0;
            for c in body.chars() {
                sum += alphabet.find(c).unwrap() * weight;
                weight = weight * 3 % 31;
            }
            alphabet.chars().nth((31 - sum % 31) % 31).unwrap()
        }

        pub(super) fn organization_code(body: &str) -> char {
            let weights = [3, 7, 9, 10, 5, 8, 4, 2];
            let values = body.chars().map(|c| c.to_digit(36).unwrap());
            let sum: u32 = values.zip(weights).map(|(v, w)| v * w).sum();
            match 11 - sum % 11 {
                10 => 'X',
                11 => '0',
                digit => char::from_digit(digit, 10).unwrap(),
            }
        }

        /// ISO 7064: the weight of a place is 2^(its distance from the end) mod 11.
        pub(super) fn resident_number(body: &str) -> char {
            let values = body.chars().map(|c| c.to_digit(10).unwrap());
            let sum: u32 = values
                .zip((1..=17).rev())
                .map(|(v, place)| v * (2_u32.pow(place) % 11))
                .sum();
            match (12 - sum % 11) % 11 {
                10 => 'X',
                digit => char::from_digit(digit, 10).unwrap(),
            }
        }

        pub(super) fn registration_number(body: &str) -> char {
            let mut product = 10;
            for digit in body.chars().map(|c| c.to_digit(10).unwrap()) {
                let sum = (digit + product) % 10;
                product = if sum == 0 { 10 } else { sum } * 2 % 11;
            }
            char::from_digit((11 - product) % 10, 10).unwrap()
        }
    }

    /// Of all capitals and digits in the last place only `check` fits.
    #[track_caller]
    fn check<const N: usize>(fits: fn(&[u8; N]) -> Fits, body: &str, check: char) {
        for last in ('0'..='9').chain('A'..='Z') {
            let code: [u8; N] = format!("{body}{last}").as_bytes().try_into().unwrap();
            assert_eq!(fits(&code) == Ok(true), last == check, "{body} {last}");
        }
    }

    proptest! {
        #[test]
        fn the_tables_agree_with_the_standards(
            unified in "[0-9A-HJ-NPQRTUWXY]{17}",
            organization in "[0-9A-Z]{8}",
            resident in "[0-9]{17}",
            registration in "[0-9]{14}",
        ) {
            check(unified_code, &unified, slow::unified_code(&unified));
            check(organization_code, &organization, slow::organization_code(&organization));
            check(resident_number, &resident, slow::resident_number(&resident));
            check(registration_number, &registration, slow::registration_number(&registration));
        }

        #[test]
        fn a_strange_character_is_named_by_its_first_place(at in 0_usize..15, more in 0_usize..15) {
            for strange in [b'#', b'a', 0, 0xFF] {
                let mut code = *b"330200400070010";
                code[at] = strange;
                code[at.max(more)] = strange;
                prop_assert_eq!(registration_number(&code), Err(at));
                let mut code = *b"G1610000713522976L";
                code[at] = strange;
                code[at.max(more)] = strange;
                prop_assert_eq!(unified_code(&code), Err(at));
            }
        }
    }
}

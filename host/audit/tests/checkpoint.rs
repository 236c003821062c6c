//! Checkpoints and keys as the world sees them: the exact bytes, what opens, and
//! what is refused under which name.

use std::error::Error as _;

use credence_audit::{
    Checkpoint, CheckpointError, ForkError, KeyError, NoteSigner, NoteVerifier, check_extends,
    root_over,
};

const ORIGIN: &str = "credence.example/log";
/// RFC 8032, section 7.1, test 1.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
/// The three texts below were made from the same seed by another implementation
/// (Python's hashlib and OpenSSL's Ed25519), not by this crate.
const SKEY: &str =
    "PRIVATE+KEY+credence.example/log+6203716b+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const VKEY: &str = "credence.example/log+6203716b+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
const NOTE: &str = "credence.example/log\n\
    3\n\
    NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\
    \n\
    — credence.example/log YgNxayQKpIYqGEbliVRmODVepjsfUZ8R2XXfPH0rK0GJWXzpXYLm4gqxa85ErFBCr+S/hiC2wh+s/bH5+iupEoRBLAs=\n";

fn signer() -> NoteSigner {
    let seed = hex::decode(SEED).unwrap().try_into().unwrap();
    NoteSigner::from_seed(ORIGIN, &seed).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new(ORIGIN, 3, root_over(["a", "b", "c"])).unwrap()
}

#[test]
fn keys_and_note_are_those_of_the_fixed_vector() {
    assert_eq!(signer().skey(), SKEY);
    assert_eq!(signer().vkey(), VKEY);
    assert_eq!(checkpoint().sign(&signer()).unwrap(), NOTE);
    let opened = Checkpoint::open(NOTE, &NoteVerifier::new(VKEY).unwrap()).unwrap();
    assert_eq!(opened, checkpoint());
}

#[test]
fn keys_read_back_from_their_text() {
    let again = NoteSigner::from_skey(&format!("{SKEY}\n")).unwrap();
    assert_eq!(
        (again.skey(), again.vkey(), again.origin()),
        (SKEY, VKEY, ORIGIN)
    );
    assert_eq!(again.verifier().origin(), ORIGIN);
    // A key whose base64 holds a plus sign.
    let plus = (0..=255)
        .map(|byte| NoteSigner::from_seed("l", &[byte; 32]).unwrap())
        .find(|signer| signer.skey().matches('+').count() > 4)
        .expect("some seed is spelt with a plus sign");
    assert_eq!(
        NoteSigner::from_skey(plus.skey()).unwrap().vkey(),
        plus.vkey()
    );
}

#[test]
fn bad_keys_are_refused() {
    for origin in ["", "two words", "a+b", "line\nbreak", "nul\0"] {
        let refused = NoteSigner::from_seed(origin, &[1; 32]);
        assert!(matches!(refused, Err(KeyError::Origin(_))), "{origin:?}");
        let refused = Checkpoint::new(origin, 0, [0; 32]);
        assert!(matches!(refused, Err(KeyError::Origin(_))), "{origin:?}");
    }
    let other_id = SKEY.replace("6203716b", "6203716c");
    for skey in [
        "",
        "PRIVATE+KEY+x",
        VKEY,
        &other_id,
        &SKEY[..SKEY.len() - 4],
    ] {
        let refused = NoteSigner::from_skey(skey);
        assert!(matches!(refused, Err(KeyError::Signer(_))), "{skey:?}");
    }
    let other_id = VKEY.replace("6203716b", "6203716c");
    for vkey in ["", SKEY, &other_id, &VKEY[..VKEY.len() - 4]] {
        let refused = NoteVerifier::new(vkey).unwrap_err();
        assert!(matches!(refused, KeyError::Verifier(_)), "{vkey:?}");
        assert!(refused.source().is_some());
    }
}

#[test]
fn the_secret_key_does_not_show_itself() {
    let shown = format!("{:?}", signer());
    assert!(!shown.contains("AZ1hsZ3v"), "{shown}");
    assert!(shown.contains(VKEY), "{shown}");
}

#[test]
fn signatures_of_witnesses_are_let_be() {
    let witness = NoteSigner::from_seed("witness.example", &[9; 32]).unwrap();
    let head = Checkpoint::new("witness.example", 3, [0; 32]).unwrap();
    let note = head.sign(&witness).unwrap();
    let line = note.lines().last().unwrap();
    let opened = Checkpoint::open(&format!("{NOTE}{line}\n"), &signer().verifier());
    assert_eq!(opened.unwrap(), checkpoint());
}

#[test]
fn a_note_that_is_not_the_logs_own_is_refused_by_name() {
    let stranger = NoteSigner::from_seed(ORIGIN, &[9; 32]).unwrap();
    let key = signer().verifier();
    let open = |note: &str| Checkpoint::open(note, &key).unwrap_err();

    let foreign = checkpoint().sign(&stranger).unwrap();
    assert!(matches!(open(&foreign), CheckpointError::NotSigned(_)));
    for (from, to) in [
        ("\n3\n", "\n4\n"),
        ("NmQu", "NmQv"),
        ("YgNxayQK", "YgNxayQL"),
    ] {
        let changed = NOTE.replacen(from, to, 1);
        assert_ne!(changed, NOTE);
        let refused = open(&changed);
        assert!(matches!(refused, CheckpointError::BadSignature(_)), "{to}");
    }
    for torn in ["", ORIGIN, &NOTE[..NOTE.len() - 1], &NOTE[..NOTE.len() / 2]] {
        let refused = open(torn);
        assert!(matches!(refused, CheckpointError::NotANote(_)), "{torn:?}");
    }
}

#[test]
fn a_key_of_another_log_signs_nothing_of_this_one() {
    let other = NoteSigner::from_seed("other.example/log", &[9; 32]).unwrap();
    let refused = checkpoint().sign(&other);
    assert!(matches!(refused, Err(CheckpointError::OtherLog { .. })));
}

#[test]
fn only_a_tree_that_goes_on_from_the_last_checkpoint_is_signed() {
    let previous = checkpoint();
    let same = Some(previous.root());
    assert_eq!(check_extends(&previous, 3, same), Ok(()));
    assert_eq!(check_extends(&previous, 9, same), Ok(()));
    let shrank = ForkError::Shrank { signed: 3, now: 2 };
    assert_eq!(check_extends(&previous, 2, None), Err(shrank));
    assert_eq!(check_extends(&previous, 2, same), Err(shrank));
    let forked = ForkError::Forked { signed: 3 };
    let other = Some(root_over(["a", "b", "x"]));
    assert_eq!(check_extends(&previous, 9, other), Err(forked));
    assert_eq!(check_extends(&previous, 9, None), Err(forked));
    assert!(shrank.to_string().contains("restored backup"));
}

//! What is wrong with rows that only XML can have.
//!
//! Comes out: hazards. Always: what is well formed is read, whatever its markup, and
//! what is not is refused. Absent: what the words mean.

use crate::delivery::Fate;
use crate::hazard::{Change, Hazard, rejected};
use crate::row::Cell;

const BROKEN: Fate = Fate::Rejected(None, "malformed");

/// All of them.
pub(super) fn hazards() -> Vec<Hazard> {
    let mut hazards = well_formed();
    hazards.extend(attributes());
    hazards.extend(broken());
    hazards
}

fn raw(why: &'static str, words: &str, fate: Fate) -> Hazard {
    Hazard::set(why, "CF_SY", Cell::Markup(words.to_owned()), fate)
}

fn rewrite(why: &'static str, from: &'static str, to: &'static str, fate: Fate) -> Hazard {
    Hazard::of(why, fate, vec![Change::Rewrite(from, to)])
}

fn well_formed() -> Vec<Hazard> {
    let read = Fate::Recorded;
    vec![
        raw(
            "entities",
            "重量&lt;5吨&gt;&quot;&amp;&apos; &#x798F;",
            read,
        ),
        raw("CDATA", "<![CDATA[报关单 <第1行> & 附件]]>", read),
        raw(
            "comments and instructions",
            "伪报<!-- 品名 -->品名<?no?>",
            read,
        ),
        rewrite(
            "prefix of a namespace",
            "<CF_NR>科处罚款</CF_NR>",
            "<c:CF_NR xmlns:c=\"urn:c\">科处罚款</c:CF_NR>",
            read,
        ),
        rewrite(
            "an element that is nil",
            "<CF_CFLB>罚款</CF_CFLB>",
            "<CF_CFLB xsi:nil=\"true\"/>",
            read,
        ),
    ]
}

/// Attributes may say what the words do not.
fn attributes() -> Vec<Hazard> {
    vec![
        rewrite(
            "nil and not empty",
            "<CF_CFLB>",
            "<CF_CFLB xsi:nil=\"true\">",
            rejected("CF_CFLB", "malformed"),
        ),
        rewrite(
            "an attribute on a field",
            "<CF_NR_FK>",
            "<CF_NR_FK unit=\"元\">",
            rejected("CF_NR_FK", "malformed"),
        ),
        rewrite(
            "an attribute on the row",
            "<fields>",
            "<fields op=\"D\">",
            BROKEN,
        ),
    ]
}

fn broken() -> Vec<Hazard> {
    vec![
        raw("a bare ampersand", "甲&乙", BROKEN),
        raw("a bare less-than", "重量<5吨", BROKEN),
        raw("an entity that XML does not have", "伪报&nbsp;品名", BROKEN),
        raw("a field in a field", "<P>伪报品名</P>", BROKEN),
        rewrite(
            "words between the fields",
            "<CF_CFLB>",
            "字<CF_CFLB>",
            BROKEN,
        ),
        rewrite("tags that do not match", "</CF_WFXW>", "</CF_NR>", BROKEN),
        rewrite(
            "a name twice",
            "<CF_CFLB>",
            "<CF_NR_FK>9</CF_NR_FK><CF_CFLB>",
            rejected("CF_NR_FK", "ambiguous"),
        ),
    ]
}

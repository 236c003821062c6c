//! Flat elements: what is read, and what is refused.

use super::*;

fn shown(text: &str) -> Result<String, Broken> {
    let flat = read(text, "R")?;
    let mut out = String::new();
    for attribute in &flat.attributes {
        out.push_str(&format!("@{}={};", attribute.name, attribute.value));
    }
    for child in &flat.children {
        out.push_str(&child.name);
        for attribute in &child.attributes {
            out.push_str(&format!("@{}={}", attribute.name, attribute.value));
        }
        out.push_str(&format!("={};", child.words.text()));
    }
    Ok(out)
}

fn check(text: &str, expected: &str) {
    assert_eq!(shown(text).as_deref(), Ok(expected), "{text}");
}

fn check_broken(text: &str, expected: Broken) {
    assert_eq!(shown(text), Err(expected), "{text}");
}

#[test]
fn words_are_read_as_xml_says() {
    check("<R/>", "");
    check("<R></R>", "");
    check(
        "<?xml version='1.0' encoding='GB18030'?>\n<R><A>x</A></R>\n",
        "A=x;",
    );
    check("<R>\n <A>1</A> <B/>\n<C></C></R>", "A=1;B=;C=;");
    check("<R><A>a&amp;b&lt;c&gt;&quot;&apos;</A></R>", "A=a&b<c>\"';");
    check("<R><A>&#x798F;&#24314;</A></R>", "A=福建;");
    check("<R><A><![CDATA[a<b>&amp;]]></A></R>", "A=a<b>&amp;;");
    check("<R><A>a<![CDATA[b]]>c</A></R>", "A=abc;");
    check("<R><A>a<!-- no -->b<?no no?>c</A><!-- no --></R>", "A=abc;");
    check("<R><A>a\r\nb\rc</A></R>", "A=a\nb\nc;");
    check("<x:R xmlns:x='u'><x:A>1</x:A></x:R>", "A=1;");
    check("<R><企业名称>甲</企业名称></R>", "企业名称=甲;");
    check("<R a=\"1\"><A b='&lt;2'>1</A></R>", "@a=1;A@b=<2=1;");
}

#[test]
fn attributes_that_say_nothing_are_passed_over() {
    check(
        "<R xmlns='u' xml:lang='zh' xsi:schemaLocation='s'><A xsi:type='t'/></R>",
        "A=;",
    );
    check("<R><A xsi:nil='true'/></R>", "A@nil=true=;");
}

#[test]
fn what_breaks_the_form_is_told() {
    check_broken("", Broken::Grammar);
    check_broken("<S></S>", Broken::Grammar);
    check_broken("<R>", Broken::Grammar);
    check_broken("<R/><R/>", Broken::Grammar);
    check_broken("<R><A>1</B></R>", Broken::Grammar);
    check_broken("<R><A>a & b</A></R>", Broken::Grammar);
    check_broken("<R><A>a&b</A><B>;</B></R>", Broken::Grammar);
    check_broken("<R><5/></R>", Broken::Grammar);
    check_broken("<R><A b></A></R>", Broken::Grammar);
    check_broken("<R><A>&#0;</A></R>", Broken::Grammar);
    check_broken("<R><A>&nbsp;</A></R>", Broken::Entity);
    check_broken("<R><A>a < 5吨</A></R>", Broken::Nested);
    check_broken("<R><A><B/></A></R>", Broken::Nested);
    check_broken("<R>x<A/></R>", Broken::Between);
    check_broken("<R>&#65;<A/></R>", Broken::Between);
    check_broken("<!DOCTYPE R><R/>", Broken::DocumentType);
    check_broken("<R><A><!DOCTYPE R></A></R>", Broken::DocumentType);
    check_broken("<R><A><![CDATA[</A></R><R>]]></A></R>", Broken::Swallowed);
    check_broken("<R><!-- </A></R><R> --></R>", Broken::Swallowed);
    let many = format!("<R>{}</R>", "<A/>".repeat(401));
    check_broken(&many, Broken::TooMany);
}

#[test]
fn a_document_type_expands_nothing() {
    let bomb = "<!DOCTYPE R [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><R><A>&b;</A></R>";
    check_broken(bomb, Broken::DocumentType);
}

fn check_hidden(words: &str, expected: bool) {
    let text = format!("<R><A>{words}</A></R>");
    let flat = read(&text, "R").unwrap();
    assert_eq!(flat.children[0].words.hide_a_number(), expected, "{words}");
}

#[test]
fn a_number_that_the_host_cannot_have_seen_is_told() {
    // In one piece the host has seen it.
    check_hidden("350000190001010017", false);
    check_hidden("<![CDATA[350000190001010017]]>", false);
    check_hidden(" <!-- a -->350000190001010017<!-- b -->", false);
    check_hidden("a&amp;b 350000190001010017", false);
    check_hidden("350000190001<!-- a -->010017", true);
    check_hidden("350000190001 <!-- a --> 010017", true);
    check_hidden("350000190001<![CDATA[010017]]>", true);
    check_hidden("350000190001<?a?>-010017", true);
    check_hidden("&#51;50000190001010017", true);
    check_hidden("35000019000101001&#55;", true);
    check_hidden("35000019000101001&#88;", true);
    check_hidden("３５００００１９０００１&#x30;１００１７", true);
    check_hidden("350000<!-- a -->900101001", true);
    check_hidden("2026<!-- a -->0101", false);
    check_hidden("91350100MA90&#48;010XU", false);
}

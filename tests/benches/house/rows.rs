//! Rows of the four departments, as many as one wants.
//!
//! Comes in: a number of rows. Goes out: the text of a delivery, each row a good one
//! about an organization of its own. Always holds: the same number gives the same
//! row; codes are invented and pass their checks. Absent: hazards, which the
//! fixtures of the plugins hold, and persons.

use credence_domain::identifier::{Identifier, Scheme};
use std::fmt::Write as _;

/// One department's feed.
#[derive(Clone, Copy)]
pub(crate) struct Feed {
    pub(crate) plugin: &'static str,
    pub(crate) feed: &'static str,
    head: &'static str,
    row: fn(&mut String, u32),
    between: &'static str,
    tail: &'static str,
}

/// A feed of each department.
pub(crate) const FEEDS: [Feed; 4] = [
    Feed {
        plugin: "tax",
        feed: "penalties",
        head: "{\"total\": 0, \"rows\": [\n",
        row: tax,
        between: ",\n",
        tail: "\n]}\n",
    },
    Feed {
        plugin: "customs",
        feed: "penalties",
        head: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ExchangeMessages>\n",
        row: customs,
        between: "\n",
        tail: "\n</ExchangeMessages>\n",
    },
    TRANSPORT,
    Feed {
        plugin: "housing",
        feed: "wage-arrears",
        head: "编号,单位名称,统一社会信用代码,列入决定机关,列入决定文号,列入日期,列入依据,\
               拖欠金额（元）,备注\n",
        row: housing,
        between: "\n",
        tail: "\n",
    },
];

/// The feed whose ingest is measured.
pub(crate) const TRANSPORT: Feed = Feed {
    plugin: "transport",
    feed: "overloads",
    head: "序号,信息类别,文书号,当事人,统一社会信用代码,违法行为,违法事实,依据,处罚种类,处罚内容,\
           罚款金额（元）,决定日期,公示截止期,决定机关,决定机关代码,备注\n",
    row: transport,
    between: "\n",
    tail: "\n",
};

impl Feed {
    /// A delivery of rows `1` to `rows`.
    pub(crate) fn text(&self, rows: u32) -> String {
        self.pieces(rows).collect()
    }

    /// The same piece by piece: its head with the first row, and then row by row.
    pub(crate) fn pieces(self, rows: u32) -> impl Iterator<Item = String> {
        (1..=rows).map(move |number| {
            let mut text = String::from(if number == 1 { self.head } else { "" });
            (self.row)(&mut text, number);
            text.push_str(if number == rows {
                self.tail
            } else {
                self.between
            });
            text
        })
    }
}

/// The unified social credit code of organization `number`.
pub(crate) fn uscc(number: u32) -> String {
    let alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let fitting = |scheme, body: &str| {
        alphabet
            .chars()
            .map(|check| format!("{body}{check}"))
            .find(|code| Identifier::parse(scheme, code).is_ok())
    };
    let body = match number {
        ..1_000_000 => format!("MA{number:06}"),
        _ => format!("M{number:07}"),
    };
    let inner = fitting(Scheme::OrganizationCode, &body).unwrap_or_default();
    fitting(Scheme::Uscc, &format!("91350100{inner}")).unwrap_or_default()
}

// Writing to a String cannot fail.
fn tax(text: &mut String, number: u32) {
    let code = uscc(number);
    let _ = write!(
        text,
        "{{\"CF_XDR_MC\": \"虚构贸易{number}公司\", \"CF_XDR_SHXYM\": \"{code}\", \
         \"CF_WSH\": \"例税罚〔2025〕{number}号\", \"CF_WFXW\": \"偷税\", \
         \"CF_SY\": \"在账簿上少列收入\", \
         \"CF_YJ\": \"《中华人民共和国税收征收管理法》第六十三条第一款\", \"CF_CFLB\": \"罚款\", \
         \"CF_NR\": \"处以罚款\", \"CF_NR_FK\": 12.3, \"CF_NR_WFFF\": \"0.29\", \
         \"CF_JDRQ\": \"2025-03-12\", \"CF_YXQ\": \"2099-12-31\", \"CF_GSJZQ\": \"2028-03-12\", \
         \"CF_CFJG\": \"虚构省税务局稽查局\", \"CF_CFJGDM\": \"113500000099990171\", \"BZ\": null}}"
    );
}

fn customs(text: &mut String, number: u32) {
    let code = uscc(number);
    let _ = write!(
        text,
        "<ExchangeMessage><Header><MessageID>例-{number}</MessageID></Header><Body><fields>\
         <CF_XDR_MC>虚构进出口{number}公司</CF_XDR_MC><CF_XDR_SHXYM>{code}</CF_XDR_SHXYM>\
         <CF_WSH>例关缉违字〔2025〕{number}号</CF_WSH><CF_WFXW>走私</CF_WFXW>\
         <CF_SY>伪报品名</CF_SY><CF_YJ>《中华人民共和国海关法》第八十二条</CF_YJ>\
         <CF_CFLB>罚款</CF_CFLB><CF_NR>处以罚款</CF_NR><CF_NR_FK>12.3</CF_NR_FK>\
         <CF_JDRQ>2025-03-12</CF_JDRQ><CF_GSJZQ>2028-03-12</CF_GSJZQ><CF_CFJG>虚构海关</CF_CFJG>\
         <CF_CFJGDM>11350000009999033N</CF_CFJGDM><BZ>无</BZ></fields></Body></ExchangeMessage>"
    );
}

fn transport(text: &mut String, number: u32) {
    let code = uscc(number);
    let _ = write!(
        text,
        "{number},处罚,例交执罚〔2025〕{number}号,虚构货运{number}公司,{code},超限运输,\
         车货总质量超过公路限定标准,《公路安全保护条例》第六十四条,罚款,处以罚款,5000,2025-03-12,\
         2028-03-12,虚构省交通运输综合执法局,11350000MB9900179H,"
    );
}

fn housing(text: &mut String, number: u32) {
    let code = uscc(number);
    let _ = write!(
        text,
        "{number},例建筑{number}公司,{code},例市住房和城乡建设局,例建列〔2025〕{number}号,2025-06-03,\
         人社部令第45号第五条,125000,"
    );
}

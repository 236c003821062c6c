//! The notices from 2004 to 2026, as data: a file each, in the format in which an
//! operator imports the next one.
//!
//! The days were written down from the notices' own words and held, day by day,
//! against two collections under the MIT licence: `chinesecalendar` 1.11.0 (PyPI)
//! and `chinese-days` 1.5.7 (npm). Both agree with each other on every day, and
//! with these files on every day but one, 2005-12-31 (see `2006.toml`). A title's
//! number and date stand in a file where they were read in a copy of the notice;
//! where not, the file says so.
//!
//! A test counts the statutory holidays of each year (全国年节及纪念日放假办法): the
//! weekdays that a year's notices take out, less the weekend days that they make
//! workdays, are the days that the law grants.

use super::{Calendar, read_notice};
use std::sync::LazyLock;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("published/", $name)))),*]
    };
}

const FILES: [(&str, &str); 26] = files![
    "2004.toml",
    "2005.toml",
    "2006.toml",
    "2007.toml",
    "2008.toml",
    "2009.toml",
    "2010.toml",
    "2011.toml",
    "2012.toml",
    "2013.toml",
    "2014.toml",
    "2015.toml",
    "2015-victory-day.toml",
    "2016.toml",
    "2017.toml",
    "2018.toml",
    "2019.toml",
    "2019-labour-day.toml",
    "2020.toml",
    "2020-spring-festival.toml",
    "2021.toml",
    "2022.toml",
    "2023.toml",
    "2024.toml",
    "2025.toml",
    "2026.toml",
];

static PUBLISHED: LazyLock<Calendar> = LazyLock::new(|| {
    let notices = FILES.iter().map(|(name, text)| {
        read_notice(name, text).unwrap_or_else(|faults| panic!("published notice: {faults:?}"))
    });
    Calendar::of(notices.collect())
});

/// Read once, at the first call.
pub(super) fn calendar() -> &'static Calendar {
    &PUBLISHED
}

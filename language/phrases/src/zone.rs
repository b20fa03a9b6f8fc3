//! Time zones by their IANA names, from the database that is built in: the same on every machine.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::words::nearest;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The names, without the two kinds that nobody should write: offsets and copies of the tree.
static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    DATABASE
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| !name.starts_with("Etc/") && city_of(name).is_none())
        .map(|name| Name {
            letters: letters(&name),
            city: letters(name.rsplit('/').next().unwrap_or(&name)),
            written: name,
        })
        .collect()
});

struct Name {
    written: String,
    letters: String,
    city: String,
}

/// Short names and the zone that people mean by them. Some of them are names in the database too,
/// but of zones whose clocks never change: `EST` is New York in winter, all year.
const SHORT: [(&str, &str); 32] = [
    ("EST", "America/New_York"),
    ("EDT", "America/New_York"),
    ("ET", "America/New_York"),
    ("EST5EDT", "America/New_York"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("CT", "America/Chicago"),
    ("CST6CDT", "America/Chicago"),
    ("MST", "America/Denver"),
    ("MDT", "America/Denver"),
    ("MT", "America/Denver"),
    ("MST7MDT", "America/Denver"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
    ("PT", "America/Los_Angeles"),
    ("PST8PDT", "America/Los_Angeles"),
    ("AKST", "America/Anchorage"),
    ("HST", "Pacific/Honolulu"),
    ("CET", "Europe/Berlin"),
    ("CEST", "Europe/Berlin"),
    ("MET", "Europe/Berlin"),
    ("WET", "Europe/Lisbon"),
    ("EET", "Europe/Athens"),
    ("EEST", "Europe/Athens"),
    ("BST", "Europe/London"),
    ("JST", "Asia/Tokyo"),
    ("IST", "Asia/Kolkata"),
    ("AEST", "Australia/Sydney"),
    ("AEDT", "Australia/Sydney"),
    ("NZST", "Pacific/Auckland"),
    ("NZDT", "Pacific/Auckland"),
    ("Z", "UTC"),
];

/// The time zone of an IANA name such as `America/Chicago`, written exactly so. Short names such as
/// `EST` are refused: they do not say whether the clock changes in summer.
///
/// # Errors
/// One sentence that says that there is no such zone, with the nearest name where one is known.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if let Some(city) = city_of(name) {
        return Err(format!(
            "`{name}` does not say whether the clock changes in summer; the zone is named by a city, such as `{city}`."
        ));
    }
    if let Some(zone) = known(name) {
        return Ok(zone);
    }
    Err(match nearest_zone(name) {
        Some(near) => format!("There is no time zone `{name}`; the nearest is `{near}`."),
        None => format!(
            "There is no time zone `{name}`: a name such as `America/New_York` or `Europe/Berlin` is expected here."
        ),
    })
}

/// The zone of a name that was accepted before: every name in the database.
pub(crate) fn known(name: &str) -> Option<TimeZone> {
    DATABASE
        .get(name)
        .ok()
        .filter(|zone| zone.iana_name() == Some(name))
}

/// The IANA name that is probably meant: `America/Chicago` for `Chicago`, `chicago`, `CST` and
/// `America/Chicgo`.
#[must_use]
pub fn nearest_zone(name: &str) -> Option<&'static str> {
    if let Some(city) = city_of(name) {
        return Some(city);
    }
    if name.len() > 60 {
        return None;
    }
    let wanted = letters(name);
    let same = NAMES
        .iter()
        .filter(|known| known.letters == wanted || known.city == wanted)
        .min_by_key(|known| known.written.len());
    if let Some(same) = same {
        return Some(&same.written);
    }
    let close = nearest(&wanted, NAMES.iter().map(|known| known.letters.as_str()))
        .or_else(|| nearest(&wanted, NAMES.iter().map(|known| known.city.as_str())))?;
    NAMES
        .iter()
        .filter(|known| known.letters == close || known.city == close)
        .min_by_key(|known| known.written.len())
        .map(|known| known.written.as_str())
}

/// The zone that a short name stands for.
fn city_of(name: &str) -> Option<&'static str> {
    SHORT
        .iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(name))
        .map(|(_, city)| *city)
}

/// What is compared between a name as known and as written: `New York` finds `America/New_York`.
fn letters(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

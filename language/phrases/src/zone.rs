//! Time zones by their IANA names, from the database that is built in: the same on every machine.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The time zone of an IANA name such as `America/Chicago`, written exactly so.
///
/// # Errors
/// One sentence that says that there is no such zone, with the nearest name where one is known.
pub fn zone(name: &str) -> Result<TimeZone, String> {
    if let Ok(zone) = DATABASE.get(name)
        && zone.iana_name() == Some(name)
    {
        return Ok(zone);
    }
    let wanted = letters(name);
    let near = DATABASE
        .available()
        .map(|known| known.as_str().to_owned())
        .filter(|known| {
            let city = known.rsplit('/').next().unwrap_or(known);
            letters(known) == wanted || letters(city) == wanted
        })
        .min_by_key(String::len);
    Err(match near {
        Some(near) => format!("There is no time zone `{name}`; the nearest is `{near}`."),
        None => format!(
            "There is no time zone `{name}`: a name such as `America/New_York` or `Europe/Berlin` is expected here."
        ),
    })
}

/// What is compared between a name as known and as written: `New York` finds `America/New_York`.
fn letters(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

//! Colour: on a terminal only, and never where `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};

use crate::arguments::Color;

/// Follows the choice on the command line; `auto` looks at the terminal and at `NO_COLOR`.
pub(crate) fn choose(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Something went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// A person should look.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// A remark.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();
/// It went well.
pub(crate) const WELL: Style = AnsiColor::Green.on_default();
/// What stands back.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// What stands out.
pub(crate) const STRONG: Style = Style::new().bold();

/// `text` in a style, with the end of the style behind it.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

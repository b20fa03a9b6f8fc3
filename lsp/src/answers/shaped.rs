//! The functions of the standard library that take series and values of many shapes: no text of it declares them.

/// A function, how it is called, and what it gives.
pub(super) struct Function {
    pub(super) module: &'static str,
    pub(super) name: &'static str,
    pub(super) called: &'static str,
    pub(super) gives: &'static str,
}

/// Every such function.
pub(super) const FUNCTIONS: [Function; 4] = [
    Function {
        module: "std.documents",
        name: "markdown",
        called: "markdown(value)",
        gives: "A record, a list or rows as Markdown.",
    },
    Function {
        module: "std.stats",
        name: "anomalies",
        called: "anomalies(series, sensitivity: percent?, season: duration?)",
        gives: "The unusual rows of a series, with `expected` and `direction`, which is `\"up\"` or `\"down\"`.",
    },
    Function {
        module: "std.stats",
        name: "anomaly",
        called: "anomaly(series, sensitivity: percent?, season: duration?)",
        gives: "A record about the newest value of a series: `unusual`, `direction`, `at`, `expected`, `actual`.",
    },
    Function {
        module: "std.stats",
        name: "forecast",
        called: "forecast(series, next: duration, season: duration?)",
        gives: "The rows that follow a series, with `low` and `high`, between which 95 of 100 values should lie.",
    },
];

/// The function of a name in a module.
pub(super) fn of(module: &str, name: &str) -> Option<&'static Function> {
    let mut all = FUNCTIONS.iter();
    all.find(|function| function.module == module && function.name == name)
}

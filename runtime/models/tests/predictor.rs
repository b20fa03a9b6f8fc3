//! Predictors, learnt from real customers and from rows that leave nothing to learn.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use sophia_diagnostics::codes;
use sophia_models::predictor::{Metrics, PredictorStore, Trained, accepts, train};
use sophia_plan::table::arrow_type;
use sophia_plan::{FieldType, Record, RecordType, Table, Type, Value};

const SIX: [&str; 6] = [
    "tenure",
    "Contract",
    "InternetService",
    "TechSupport",
    "PaymentMethod",
    "MonthlyCharges",
];

fn table(columns: Vec<(&str, Type, ArrayRef)>) -> Table {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, of, _)| Field::new(*name, arrow_type(of), true))
        .collect();
    let row = RecordType {
        name: None,
        fields: columns
            .iter()
            .map(|(name, of, _)| FieldType::new(*name, of.clone()))
            .collect(),
    };
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    Table {
        row: Arc::new(row),
        batch: RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap(),
    }
}

/// The customers with some of their columns, and whether each has left.
fn customers(wanted: impl Fn(&str) -> bool) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/customers.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let mut columns: Vec<(&str, Type, ArrayRef)> = Vec::new();
    for (at, name) in headers.iter().enumerate() {
        let cells = rows.iter().map(|row| row[at].trim());
        match name {
            "Churn" => {
                let left: BooleanArray = cells.map(|cell| Some(cell == "Yes")).collect();
                columns.push(("churned", Type::Boolean, Arc::new(left)));
            }
            _ if !wanted(name) => {}
            "tenure" | "SeniorCitizen" => {
                let whole: Int64Array = cells.map(|cell| cell.parse::<i64>().ok()).collect();
                columns.push((name, Type::Integer, Arc::new(whole)));
            }
            "MonthlyCharges" | "TotalCharges" => {
                let numbers: Float64Array = cells.map(|cell| cell.parse::<f64>().ok()).collect();
                columns.push((name, Type::Number.optional(), Arc::new(numbers)));
            }
            _ => {
                let words: StringArray = cells.map(Some).collect();
                columns.push((name, Type::Text, Arc::new(words)));
            }
        }
    }
    table(columns)
}

fn six() -> Trained {
    train(
        &customers(|name| SIX.contains(&name)),
        "churned",
        &Type::Percent,
    )
    .unwrap()
}

fn customer(tenure: i64, contract: &str, monthly: Value) -> Record {
    let text = |text: &str| Value::Text(text.into());
    Record {
        fields: vec![
            ("tenure".into(), Value::Integer(tenure)),
            ("Contract".into(), text(contract)),
            ("InternetService".into(), text("Fiber optic")),
            ("TechSupport".into(), text("No")),
            ("PaymentMethod".into(), text("Electronic check")),
            ("MonthlyCharges".into(), monthly),
            ("customerID".into(), text("ignored")),
        ],
    }
}

fn percent(value: Value) -> f64 {
    match value {
        Value::Percent(share) => share,
        other => panic!("not a percent: {other:?}"),
    }
}

#[test]
fn six_features_reach_the_reference() {
    let trained = six();
    let metrics = &trained.metrics;
    assert_eq!(metrics.rows, 7_043);
    assert!(metrics.auc.unwrap() >= 0.835, "{metrics:?}");
    assert!(metrics.log_loss.unwrap() <= 0.428, "{metrics:?}");
    assert!(metrics.accuracy.unwrap() > 0.78, "{metrics:?}");
    assert_eq!(metrics.rmse, None);
    assert_eq!(trained.model().target(), "churned");
    assert_eq!(trained.model().features().count(), 6);
}

#[test]
fn all_columns_reach_the_reference() {
    let trained = train(&customers(|_| true), "churned", &Type::Percent).unwrap();
    let metrics = &trained.metrics;
    assert!(metrics.auc.unwrap() >= 0.843, "{metrics:?}");
    assert!(metrics.log_loss.unwrap() <= 0.420, "{metrics:?}");
}

#[test]
fn the_same_rows_give_the_same_model() {
    let (one, other) = (six(), six());
    assert_eq!(one.model(), other.model());
    assert_eq!(one.metrics, other.metrics);
    assert_eq!(one.training, other.training);
}

#[test]
fn risk_falls_with_loyalty_and_shares_mean_what_they_say() {
    let trained = six();
    let risk = |tenure, contract| {
        let customer = customer(tenure, contract, Value::Number(80.0));
        percent(trained.model().predict(&customer).unwrap())
    };
    let new = risk(1, "Month-to-month");
    let settled = risk(60, "Two year");
    assert!(new > 0.6 && settled < 0.2, "{new} {settled}");

    // Among the customers said to be at 20 % to 40 %, about 30 % have left.
    let table = customers(|name| SIX.contains(&name));
    let (mut said, mut left, mut seen) = (0.0, 0.0, 0.0);
    for record in records(&table) {
        let share = percent(trained.model().predict(&record).unwrap());
        if (0.2..0.4).contains(&share) {
            said += share;
            seen += 1.0;
            left += f64::from(u8::from(
                record.get("churned") == Some(&Value::Boolean(true)),
            ));
        }
    }
    assert!(
        seen > 500.0 && (said / seen - left / seen).abs() < 0.05,
        "{said} {left} {seen}"
    );
}

/// The rows of a table of texts, numbers, integers and booleans.
fn records(table: &Table) -> Vec<Record> {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Float64Type, Int64Type};
    let value = |column: &ArrayRef, row: usize| {
        if column.is_null(row) {
            Value::None
        } else if let Some(words) = column.as_string_opt::<i32>() {
            Value::Text(words.value(row).into())
        } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
            Value::Number(numbers.value(row))
        } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            Value::Integer(numbers.value(row))
        } else {
            Value::Boolean(column.as_boolean().value(row))
        }
    };
    (0..table.len())
        .map(|row| Record {
            fields: table
                .row
                .fields
                .iter()
                .zip(table.batch.columns())
                .map(|(field, column)| (field.name.clone(), value(column, row)))
                .collect(),
        })
        .collect()
}

#[test]
fn unknown_words_and_missing_numbers_are_answered_and_misfits_are_not() {
    let trained = six();
    let predict = |record: &Record| trained.model().predict(record);
    let known = percent(predict(&customer(10, "One year", Value::Number(50.0))).unwrap());
    let unknown = percent(predict(&customer(10, "By the hour", Value::Number(50.0))).unwrap());
    let missing = percent(predict(&customer(10, "One year", Value::None)).unwrap());
    for share in [known, unknown, missing] {
        assert!(share > 0.0 && share < 1.0);
    }
    assert!((known - unknown).abs() > 1e-3);

    let mut lacking = customer(10, "One year", Value::Number(50.0));
    lacking.fields.retain(|(name, _)| &**name != "TechSupport");
    let problem = predict(&lacking).unwrap_err();
    assert_eq!(problem.code, codes::S943);
    assert!(
        problem.message.contains("`TechSupport`"),
        "{}",
        problem.message
    );

    let problem = predict(&customer(10, "One year", Value::Text("50".into()))).unwrap_err();
    assert_eq!(problem.code, codes::S943);
    assert!(
        problem
            .message
            .contains("learnt `MonthlyCharges` as a number"),
        "{}",
        problem.message
    );
}

fn numbers(count: i32, of: impl Fn(i32) -> Option<f64>) -> ArrayRef {
    Arc::new((0..count).map(of).collect::<Float64Array>())
}

fn yes(count: i32, of: impl Fn(i32) -> Option<bool>) -> ArrayRef {
    Arc::new((0..count).map(of).collect::<BooleanArray>())
}

#[test]
fn a_number_is_learnt_with_gaps_and_words() {
    let words: StringArray = (0..200)
        .map(|at| Some(if at % 3 == 0 { "gold" } else { "silver" }))
        .collect();
    let rows = table(vec![
        (
            "size",
            Type::Integer,
            Arc::new((0..200_i64).map(Some).collect::<Int64Array>()),
        ),
        ("plan", Type::Text, Arc::new(words)),
        (
            "discount",
            Type::Number.optional(),
            numbers(200, |at| (at % 10 != 0).then(|| f64::from(at % 7))),
        ),
        (
            "revenue",
            Type::Number.optional(),
            numbers(200, |at| {
                let plan = if at % 3 == 0 { 40.0 } else { 0.0 };
                let discount = if at % 10 == 0 {
                    15.0
                } else {
                    -2.0 * f64::from(at % 7)
                };
                (at != 5).then(|| 100.0 + 3.0 * f64::from(at) + plan + discount)
            }),
        ),
    ]);
    let trained = train(&rows, "revenue", &Type::Number).unwrap();
    let metrics = &trained.metrics;
    assert_eq!(metrics.rows, 199);
    assert!(metrics.r2.unwrap() > 0.99, "{metrics:?}");
    assert!(
        metrics.mae.unwrap() < 6.0 && metrics.rmse.unwrap() < 8.0,
        "{metrics:?}"
    );
    assert_eq!(metrics.auc, None);

    let record = Record {
        fields: vec![
            ("size".into(), Value::Integer(50)),
            ("plan".into(), Value::Text("gold".into())),
            ("discount".into(), Value::Integer(2)),
        ],
    };
    let Value::Number(revenue) = trained.model().predict(&record).unwrap() else {
        panic!("not a number");
    };
    assert!((revenue - 286.0).abs() < 10.0, "{revenue}");
}

#[test]
fn rows_with_nothing_to_learn_are_told_apart() {
    let signal = |count| ("x", Type::Number, numbers(count, |at| Some(f64::from(at))));
    let target = |count, of: fn(i32) -> Option<bool>| ("y", Type::Boolean, yes(count, of));
    let half: fn(i32) -> Option<bool> = |at| Some(at % 2 == 0);
    let dates: arrow_array::Date32Array = (0..50).map(Some).collect();
    let texts: StringArray = (0..50).map(|_| Some("a")).collect();
    let cases: Vec<(Table, &Type, sophia_diagnostics::Code, &str)> = vec![
        (
            table(vec![signal(0), target(0, half)]),
            &Type::Percent,
            codes::S940,
            "There are 0 rows",
        ),
        (
            table(vec![signal(12), target(12, half)]),
            &Type::Percent,
            codes::S940,
            "There are 12 rows",
        ),
        (
            table(vec![signal(50), target(50, |_| None)]),
            &Type::Percent,
            codes::S940,
            "There are 0 rows with a known `y`",
        ),
        (
            table(vec![signal(50), target(50, |_| Some(false))]),
            &Type::Percent,
            codes::S940,
            "`y` is yes in 0 of 50 rows",
        ),
        (
            table(vec![signal(50), target(50, |at| Some(at > 2))]),
            &Type::Percent,
            codes::S940,
            "`y` is no in 3 of 50 rows",
        ),
        (
            table(vec![
                ("x", Type::Number, numbers(50, |_| Some(7.1))),
                target(50, half),
            ]),
            &Type::Percent,
            codes::S940,
            "No column says anything about `y`",
        ),
        (
            table(vec![target(50, half)]),
            &Type::Percent,
            codes::S940,
            "No column says anything",
        ),
        (
            table(vec![signal(50)]),
            &Type::Percent,
            codes::S940,
            "no column `y`",
        ),
        (
            table(vec![
                signal(50),
                ("y", Type::Number, numbers(50, |_| Some(3.0))),
            ]),
            &Type::Number,
            codes::S940,
            "`y` is 3 in every row",
        ),
        (
            table(vec![signal(50), target(50, half)]),
            &Type::Text,
            codes::S941,
            "cannot give text yet",
        ),
        (
            table(vec![signal(50), ("y", Type::Text, Arc::new(texts))]),
            &Type::Percent,
            codes::S941,
            "`y` is text, and this predictor needs yes or no there.",
        ),
        (
            table(vec![signal(50), target(50, half)]),
            &Type::Number,
            codes::S941,
            "`y` is boolean",
        ),
        (
            table(vec![
                ("since", Type::Date, Arc::new(dates)),
                target(50, half),
            ]),
            &Type::Percent,
            codes::S942,
            "`since`: it is date",
        ),
    ];
    for (rows, result, code, words) in cases {
        let problem = train(&rows, "y", result).unwrap_err();
        assert_eq!(problem.code, code, "{}", problem.message);
        assert!(
            problem.message.contains(words),
            "{} lacks {words}",
            problem.message
        );
        assert!(problem.help.is_some());
    }
}

#[test]
fn columns_that_say_nothing_do_no_harm() {
    let keys: StringArray = (0..200).map(|at| Some(format!("key-{at}"))).collect();
    let rows = table(vec![
        ("id", Type::Text, Arc::new(keys)),
        ("same", Type::Number, numbers(200, |_| Some(5.0))),
        ("broken", Type::Number, numbers(200, |_| Some(f64::NAN))),
        ("x", Type::Number, numbers(200, |at| Some(f64::from(at)))),
        (
            "y",
            Type::Boolean,
            yes(200, |at| Some(at + (at * 37) % 60 > 130)),
        ),
    ]);
    let metrics = train(&rows, "y", &Type::Percent).unwrap().metrics;
    assert!(metrics.auc.unwrap() > 0.95, "{metrics:?}");
}

#[test]
fn acceptance_reads_the_metric_that_is_named() {
    let metrics = Metrics {
        rows: 100,
        auc: Some(0.836),
        log_loss: Some(0.427),
        ..Metrics::default()
    };
    assert_eq!(accepts(&metrics, "auc", true, 0.80), Ok(true));
    assert_eq!(accepts(&metrics, "auc", true, 0.836), Ok(true));
    assert_eq!(accepts(&metrics, "auc", true, 0.84), Ok(false));
    assert_eq!(accepts(&metrics, "log_loss", false, 0.43), Ok(true));
    for metric in ["rmse", "AUC", "speed"] {
        let problem = accepts(&metrics, metric, true, 0.5).unwrap_err();
        assert_eq!(problem.code, codes::S944);
        assert_eq!(
            problem.help.as_deref(),
            Some("accept one of `auc`, `log_loss`")
        );
    }
}

fn at(day: i8) -> jiff::Timestamp {
    format!("2026-11-{day:02}T08:00:00Z").parse().unwrap()
}

/// A predictor of `y` whose rows are the noisier the larger `noise` is.
fn noisy(noise: i32, feature: &str) -> Trained {
    let rows = table(vec![
        (
            feature,
            Type::Number,
            numbers(300, |at| Some(f64::from(at))),
        ),
        (
            "y",
            Type::Boolean,
            yes(300, |at| Some(at + (at * 37) % noise > 150 + noise / 2)),
        ),
    ]);
    train(&rows, "y", &Type::Percent).unwrap()
}

#[test]
fn versions_are_kept_and_a_worse_one_is_not_promoted() {
    let folder = tempfile::tempdir().unwrap();
    let store = PredictorStore::open(folder.path().join("predictors")).unwrap();
    assert_eq!(store.latest("churn_risk").unwrap(), None);

    let (good, worse, other) = (noisy(60, "x"), noisy(280, "x"), noisy(280, "z"));
    assert!(worse.metrics.worse_than(&good.metrics));
    let first = store.save("churn_risk", &good, at(1)).unwrap();
    assert!(first.promoted);
    let second = store.save("churn_risk", &worse, at(2)).unwrap();
    assert!(!second.promoted);
    let info = store.latest("churn_risk").unwrap().unwrap();
    assert_eq!(info.version, first.version);
    assert_eq!((info.trained_at, info.tried_at), (at(1), at(2)));
    assert_eq!(info.training, good.training);
    assert_eq!(info.metrics.auc, good.metrics.auc);

    // The same content is the same version; other features are another question.
    assert_eq!(
        store.save("churn_risk", &good, at(3)).unwrap().version,
        first.version
    );
    assert!(store.save("churn_risk", &other, at(4)).unwrap().promoted);

    // Another store, as after a restart, has them all.
    let store = PredictorStore::open(folder.path().join("predictors")).unwrap();
    for (saved, trained) in [(&first, &good), (&second, &worse)] {
        let loaded = store.load("churn_risk", &saved.version).unwrap();
        let feature: Arc<str> = "x".into();
        let record = Record {
            fields: vec![(feature, Value::Number(160.0))],
        };
        let (one, two) = (loaded.predict(&record), trained.model().predict(&record));
        assert!((percent(one.unwrap()) - percent(two.unwrap())).abs() < 1e-9);
    }
    assert_eq!(
        store.latest("churn_risk").unwrap().unwrap().trained_at,
        at(4)
    );
}

#[test]
fn a_damaged_version_and_a_wrong_name_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = PredictorStore::open(folder.path()).unwrap();
    let saved = store.save("risk", &noisy(60, "x"), at(1)).unwrap();
    let file = folder
        .path()
        .join("risk")
        .join(format!("{}.json", saved.version));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"coefficients\""));
    std::fs::write(&file, text.replace("\"x\"", "\"q\"")).unwrap();
    let problem = store.load("risk", &saved.version).unwrap_err();
    assert_eq!(problem.code, codes::S945);
    assert!(problem.causes[0].contains("does not match its name"));

    for name in ["../escape", "", ".x"] {
        assert_eq!(store.latest(name).unwrap_err().code, codes::S945);
    }
    assert_eq!(
        store.load("risk", "../../passwd").unwrap_err().code,
        codes::S945
    );
    assert_eq!(
        store.load("risk", "0123456789abcdef").unwrap_err().code,
        codes::S945
    );
}

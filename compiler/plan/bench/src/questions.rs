//! The questions, as a plan holds them. `peers.py` asks the same in each engine's own words.

use sophia_plan::expression::{Expression, Function, Operator, Stage};
use sophia_plan::{Type, Value};

/// A question by its name, the expression that answers it from `rows`, and the same for one row in CEL.
pub struct Question {
    pub name: &'static str,
    pub answer: Expression,
    #[cfg_attr(not(feature = "cel"), allow(dead_code))]
    pub in_cel: &'static str,
}

/// All of them.
pub fn questions() -> Vec<Question> {
    let expensive = || binary(Operator::Greater, column("charges"), number(70.0));
    let percent = |share| Expression::Constant(Value::Percent(share));
    let rest = || binary(Operator::Subtract, percent(1.0), column("discount"));
    let yearly = || {
        let year = binary(Operator::Multiply, column("charges"), number(12.0));
        binary(Operator::Multiply, year, rest())
    };
    let first = Value::Date(jiff::civil::date(2024, 1, 1));
    let recent = binary(
        Operator::GreaterOrEqual,
        column("since"),
        Expression::Constant(first),
    );
    let low = binary(Operator::Less, column("discount"), percent(0.1));
    let taxed = binary(Operator::Multiply, column("charges"), number(0.19));
    let bill = binary(
        Operator::Subtract,
        binary(Operator::Add, yearly(), taxed),
        number(20.0),
    );
    let one_more = || binary(Operator::Add, column("charges"), number(1.0));
    let margin = binary(Operator::Subtract, yearly(), number(100.0));
    let share = binary(Operator::Divide, margin, one_more());
    let weighted = binary(Operator::Multiply, share, number(0.35));
    let score = binary(
        Operator::Add,
        weighted,
        binary(Operator::Multiply, column("charges"), number(0.02)),
    );
    let ratio = binary(Operator::Divide, column("total"), one_more());
    let worn = Expression::And(
        Box::new(Expression::IsPresent(Box::new(column("total")))),
        Box::new(binary(Operator::Greater, ratio, number(30.0))),
    );
    let tenure = Expression::Coalesce(Box::new(column("tenure")), Box::new(integer(0)));
    let fresh = binary(Operator::Less, tenure, integer(24));
    let mixed = Expression::Or(
        Box::new(Expression::And(Box::new(worn), Box::new(fresh))),
        Box::new(binary(Operator::Greater, column("charges"), number(110.0))),
    );
    let one_of = Expression::In {
        value: Box::new(column("contract")),
        set: Box::new(Expression::List(vec![text("One year"), text("Two year")])),
    };
    let late = binary(Operator::Like, column("note"), text("late%"));
    vec![
        Question {
            name: "filter, one number",
            answer: count(expensive()),
            in_cel: "charges > 70.0",
        },
        Question {
            name: "filter, three columns",
            answer: count(and(and(expensive(), recent), low)),
            in_cel: "charges > 70.0 && since >= 19723 && discount < 0.1",
        },
        Question {
            name: "arithmetic",
            answer: sum(bill),
            in_cel: "charges * 12.0 * (1.0 - discount) + charges * 0.19 - 20.0",
        },
        Question {
            name: "arithmetic, longer",
            answer: sum(score),
            in_cel: "(charges * 12.0 * (1.0 - discount) - 100.0) / (charges + 1.0) * 0.35 + charges * 0.02",
        },
        Question {
            name: "mixed predicate with nulls",
            answer: count(mixed),
            in_cel: "(total != null && total / (charges + 1.0) > 30.0) && (tenure == null ? 0 : tenure) < 24 || charges > 110.0",
        },
        Question {
            name: "text, equal",
            answer: count(binary(
                Operator::Equal,
                column("contract"),
                text("One year"),
            )),
            in_cel: "contract == 'One year'",
        },
        Question {
            name: "text, contains",
            answer: count(binary(Operator::Like, column("note"), text("%refund%"))),
            in_cel: "note != null && note.contains('refund')",
        },
        Question {
            name: "text, list and beginning",
            answer: count(and(one_of, late)),
            in_cel: "contract in ['One year', 'Two year'] && note != null && note.startsWith('late')",
        },
    ]
}

fn column(name: &str) -> Expression {
    Expression::Column(name.into())
}

fn number(number: f64) -> Expression {
    Expression::Constant(Value::Number(number))
}

fn integer(integer: i64) -> Expression {
    Expression::Constant(Value::Integer(integer))
}

fn text(text: &str) -> Expression {
    Expression::Constant(Value::text(text))
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    }
}

fn and(left: Expression, right: Expression) -> Expression {
    Expression::And(Box::new(left), Box::new(right))
}

fn over(function: Function, stage: Stage) -> Expression {
    Expression::Call {
        function,
        arguments: vec![Expression::Pipeline {
            source: Box::new(Expression::Name("rows".into())),
            stages: vec![stage],
        }],
    }
}

fn count(condition: Expression) -> Expression {
    over(Function::Count, Stage::Where(condition))
}

fn sum(value: Expression) -> Expression {
    over(
        Function::Sum,
        Stage::Map {
            value,
            of: Type::Number,
        },
    )
}

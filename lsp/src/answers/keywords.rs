//! What the words of the language say, in a sentence each, for whoever rests on one.

/// A word with what may stand before or behind it where it means something else there, how it is shown, and what it
/// says.
struct Said {
    word: &'static str,
    before: &'static str,
    behind: &'static str,
    shown: &'static str,
    says: &'static str,
}

const FOR_EACH: &str = "for each ITEM in ITEMS, N at a time { … }";
const EACH_ITEM: &str = "Does the block for each item. One that fails does not stop the others; `keep going` carries on after that.";

const fn word(word: &'static str, shown: &'static str, says: &'static str) -> Said {
    Said {
        word,
        before: "",
        behind: "",
        shown,
        says,
    }
}

impl Said {
    const fn after(self, before: &'static str) -> Self {
        Self { before, ..self }
    }

    const fn ahead(self, behind: &'static str) -> Self {
        Self { behind, ..self }
    }
}

/// Those that depend on their neighbours stand before those that do not.
const WORDS: &[Said] = &[
    word("playbook", "playbook NAME", "A file of statements that run together: when they start, what they read, what they do."),
    word("module", "module NAME", "A file of types, functions, actions, models and queries that playbooks share. It has no triggers and runs nothing."),
    word("use", "use NAME, …", "Everything that the file may touch: connections, tools, knowledge, modules and playbooks. What is not named here cannot be reached."),
    word("trigger", "trigger …", "When a run starts by itself. A schedule that was missed runs once, unless `catch up` says otherwise."),
    word("webhook", "trigger on webhook TOOL.EVENT as x", "A run starts when the source delivers this event. `sophia.toml` says what it carries; a delivery that comes twice starts one run."),
    word("request", "trigger on request (…) -> T", "A run starts when a person or a program asks for it, and may give something back."),
    word("change", "trigger on change in CONN.TABLE by KEY as x", "A run starts for each row that was added, changed or removed: `x.kind`, `x.row`, `x.was`."),
    word("input", "input NAME: TYPE = default", "What the trigger, the environment or the caller sets. Without a default it must be given."),
    word("type", "type of NAME", "The type that was found for this name.").ahead("of"),
    word("type", "type NAME { … }", "A name for a record, for some texts, or for another type."),
    word("query", "query NAME from CONN { SQL }", "Rows of a connection. The SQL is the source's own; `{…}` in it is a bound parameter, never text. Types follow from the lock."),
    word("command", "command NAME(…) on CONN { SQL }", "A write in SQL; it is called with `do`."),
    word("model", "model NAME(…) -> TYPE { … }", "A question to a language model whose reply has a type. A reply that does not fit is repaired once, then the next model of `route` is asked, then `otherwise` holds."),
    word("predictor", "predictor NAME { … }", "A model that is trained on rows of your own, and called as a function of a row."),
    word("metric", "metric NAME: TYPE from CONN { SQL }", "A named series: one column of time, `value`, and the rest are dimensions."),
    word("metrics", "use metrics", "The verified metrics of the project, for `find metrics`.").after("use"),
    word("state", "state NAME: TYPE = value", "What is kept between runs; `set` changes it."),
    word("function", "function NAME(…) -> TYPE = …", "A value made of values; it reads and changes nothing."),
    word("action", "action NAME(…) { … }", "Statements under a name; called with `do`. Its effects show in the plan of whoever calls it."),
    word("policy", "policy NAME { … }", "Rules over what playbooks do, proven before anything runs."),
    word("test", "test \"…\" { … }", "A run with nothing outside touched: `given` stands in for the outside, `expect` says what must have happened."),
    word("given", "given { … }", "What the model is asked in this example; `returns` is the right answer.").ahead("{"),
    word("given", "given NAME = value", "Stands in for a query, a model, a tool's call, people who are asked, or `now`."),
    word("expect", "expect …", "What must hold here: how often something was called, what was waited for, or any condition."),
    word("called", "expect TOOL.CALL called once with { … }", "How often it was called: `called once`, `called 3 times`, `never called`."),
    word("never", "expect TOOL.CALL never called", "It must not have been called."),
    word("approves", "then \"GROUP\" approves", "The group says yes."),
    word("arrives", "then TOOL.EVENT arrives { … }", "The event comes, with this."),
    word("pass", "then 3 days pass", "The clock of the test goes on."),
    word("zone", "zone \"Area/City\"", "Where the days and hours of this file are meant."),
    word("calendar", "calendar NAME", "Whose holidays and hours count as business days; it stands in `sophia.toml`."),
    word("one", "one run at a time per KEY", "While a run is under way, the next waits in line; `skip`, `join` and `newest wins` say otherwise.").ahead("run"),
    word("let", "let NAME = …", "A name for a value, a read, an effect's result or an answer. It is never changed."),
    word("do", "do TOOL.CALL(…)", "An effect: it changes the world. Effects keep the order in which they are written, and happen once."),
    word("record", "record ROWS into CONN.TABLE key COLUMN", "Writes rows into a table: appended, or with `key` inserted or updated."),
    word("into", "record ROWS into CONN.TABLE", "The table that the rows are written to; columns match by name."),
    word("emit", "emit EVENT { … }", "Tells the other playbooks of the project that something happened."),
    word("ask", "given ask \"GROUP\" = { … }", "What the group answers in this test.").after("given"),
    word("ask", "ask \"GROUP\" to approve \"…\" within 1 day", "Waits for a person. Alone, a refusal or silence stops the run; under `let` the answer is a value."),
    word("approve", "ask \"GROUP\" to approve \"…\"", "A question of yes or no: the text is what they see."),
    word("wait", "wait 2 days", "The run rests, and costs nothing, until the time has passed, an instant has come, or an event has."),
    word("if", "if CONDITION { … } else { … }", "Does the first block where the condition holds, and the other where it does not."),
    word("else", "else", "What holds where nothing before it did."),
    word("match", "match VALUE { \"a\" { … } else { … } }", "One case for each value. Every value that can come has a case, or `else` does."),
    word("for", FOR_EACH, EACH_ITEM).ahead("each"),
    word("each", FOR_EACH, EACH_ITEM).after("for"),
    word("yield", "yield VALUE", "What this item gives to the list that the loop makes."),
    word("repeat", "repeat every D, at most N times, until CONDITION { … }", "Does the block again and again, until the condition holds."),
    word("together", "together { … }", "Effects whose order does not matter: they run side by side."),
    word("try", "try { … } otherwise as f { … }", "Where something in the block fails for good, the second block is done."),
    word("failure", "on failure as f { … }", "What is done after the run has failed and its undos have run.").after("on"),
    word("run", "run with { … }", "Runs the playbook once, in this test.").ahead("with"),
    word("run", "run PLAYBOOK(…)", "Runs another playbook and waits for what it gives back; in a test, runs this one."),
    word("start", "start PLAYBOOK(…)", "Runs another playbook and does not wait."),
    word("stop", "stop \"why\" when CONDITION", "Ends the run well; nothing is undone."),
    word("fail", "fail \"why\" when CONDITION", "Ends the run as failed; what can be undone is undone."),
    word("fails", "given NAME fails \"why\" 2 times", "It fails with this message, always or so many times.").after("given"),
    word("skip", "skip \"why\" when CONDITION", "Ends this item of the loop; the others go on."),
    word("return", "return VALUE", "Ends the run and gives this back."),
    word("set", "set STATE = value", "Changes what is kept between runs."),
    word("retry", "retry 3 times over 10 minutes", "Tries again when it fails for a while, ever more slowly."),
    word("timeout", "timeout 30 seconds", "It has failed when it takes longer."),
    word("otherwise", "otherwise …", "What happens when this did not succeed in time: a value, a block, or `stop`."),
    word("once", "at most once per KEY in 7 days", "An effect that happened for this key is not done again, in no run; what it gave then is given again.").after("most"),
    word("undo", "undo with TOOL.CALL(…)", "What takes it back when a later effect fails for good."),
    word("unsure", "unsure retry", "What happens when nobody knows whether it was done: `retry`, `skip`, or `ask` a person."),
    word("within", "within 4 hours, then \"GROUP\" within 1 day", "How long an answer or an event is waited for, and who is asked next."),
    word("remind", "remind every 1 hour", "Asks again while nobody has answered."),
    word("named", "named NAME", "The name of this step, where two would have the same one."),
    word("route", "route best of NAME, …", "Asks all of them, and keeps the first answer that `ensure` accepts.").ahead("best"),
    word("route", "route NAME, …", "The models that are asked, in this order: the next one where one cannot answer."),
    word("budget", "budget $0.02 per call, $5 per run", "The most that may be spent. Checked before each call, every attempt counted."),
    word("prompt", "prompt \"…\"", "What the model is asked. Rows and records stand in it as data, apart from what it is told to do."),
    word("ensure", "ensure CONDITION", "What must hold of a reply; `result` is the whole of it. One that does not is asked for again."),
    word("temperature", "temperature 0.2", "How freely the model answers."),
    word("cache", "cache 1 day", "The same question gives the same answer for so long, and costs nothing."),
    word("example", "example { given { … } returns … }", "A question with its right answer, shown to the model."),
    word("returns", "returns …", "The right answer of this example."),
    word("learn", "learn from CONN { SQL }", "The rows that the predictor learns from."),
    word("predict", "predict COLUMN", "The column that is foretold."),
    word("accept", "accept auc >= 0.80", "How good it must be on rows that were held back; a worse version is not used."),
    word("retrain", "retrain every month", "When it learns anew."),
    word("where", "| where CONDITION", "Keeps the rows of which the condition holds. A comparison with something missing does not hold."),
    word("add", "| add NAME = VALUE, …", "One more column for each row."),
    word("select", "| select COLUMN, …", "Keeps these columns alone."),
    word("sort", "| sort by VALUE descending", "Puts the rows in this order; what is missing comes last."),
    word("take", "search KNOWLEDGE for TEXT take N", "How many at most.").after("for"),
    word("take", "| take N per COLUMN", "The first N rows, or the first N of each group."),
    word("first", "| first", "The first row; it may be missing.").after("|"),
    word("only", "| only", "The one row; the run fails where there is none or there are several."),
    word("group", "| group by COLUMN { n: count(), … }", "One row for each value of the column, with figures over its rows."),
    word("join", "| join TABLE as t on COLUMN", "Puts the rows of two tables side by side; `join optional` keeps those without a partner."),
    word("map", "| map VALUE", "One value for each row."),
    word("check", "| check \"name\" RULE", "Tells rows that keep a rule from those that do not: `.passed` and `.failed`."),
    word("descending", "descending", "The largest first."),
    word("known", "VALUE known in CONN.TABLE.COLUMN", "Holds where the column has this value; then the value may choose where something goes."),
    word("search", "search KNOWLEDGE for TEXT take N", "The passages nearest to a text."),
    word("find", "find metrics for TEXT take N", "The verified metrics nearest to a text."),
    word("read", "read csv PATH as table of { … }", "The rows of a file, held against a type."),
    word("over", "METRIC over 90 days by COLUMN", "The series of these days, for each value of the column.").ahead("90"),
    word("present", "VALUE is present", "Holds where there is a value."),
    word("missing", "VALUE is missing", "Holds where there is no value."),
    word("follows", "every do TOOL.CALL follows ask", "Every way to the effect passes an approved answer."),
    word("reaches", "no @LABEL reaches NAME", "Data of this category must not get there."),
    word("going", "keep going", "The loop does not fail with an item that does: it gives `done`, `failed` and `skipped`."),
    word("weekday", "every weekday", "Monday to Friday; holidays are no exception."),
];

/// What a word of the language says between its neighbours, and how it is shown.
pub(super) fn said(
    before: &str,
    wanted: &str,
    behind: &str,
) -> Option<(&'static str, &'static str)> {
    let mut words = WORDS.iter();
    let found = words.find(|said| {
        said.word == wanted
            && (said.before.is_empty() || said.before == before)
            && (said.behind.is_empty() || said.behind == behind)
    })?;
    Some((found.shown, found.says))
}

/// What a value is that the language makes.
pub(super) fn value(name: &str) -> Option<&'static str> {
    Some(match name {
        "row" => "The whole row that the stage looks at.",
        "result" => "The whole reply; in a test, what the run gave back.",
        "people" => "The people of `sophia.toml`, by their address.",
        "latest" => "The newest value of the series.",
        "now" => "The instant at which the run takes this step.",
        "today" => "The day at which the run takes this step.",
        "none" => "No value.",
        _ => return None,
    })
}

/// What a built-in type holds.
pub(super) fn of_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "text" => "Any text.",
        "boolean" => "`true` or `false`.",
        "integer" => "A whole number.",
        "number" => "A number with a point, fast and not always exact.",
        "decimal" => "A number with a point, exact.",
        "money" => "An exact amount in the project's currency; `money EUR` in another.",
        "percent" => "A share, written `70%`.",
        "date" => "A day, written `2026-01-31`.",
        "time" => "A time of day, written `08:00`.",
        "timestamp" => "An instant, written `2026-01-31 08:00`.",
        "duration" => "A length of time, written `30 days`.",
        "json" => "A value of unknown shape; `as TYPE` reads it.",
        "file" => "A file: `name`, `path`, `size`, `changed_at`.",
        "person" => "Somebody in `sophia.toml`: `email`, `name`, `groups`.",
        _ => return None,
    })
}

; Generated from the table of words of the language.

(identifier) @variable
(field name: (identifier) @property)
(record_field name: (identifier) @property)
(record_field name: (text) @property)
(field_declaration name: (identifier) @property)
(column name: (identifier) @property)
(argument name: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(call callee: (identifier) @function.call)
(call callee: (field name: (identifier) @function.method.call))
(named_type (path (identifier) @type))
(playbook_header name: (identifier) @module)
(module_header name: (path (identifier) @module))
(use_declaration name: (path (identifier) @module))
(type_declaration name: (identifier) @type.definition)
(query_declaration name: (identifier) @function)
(command_declaration name: (identifier) @function)
(model_declaration name: (identifier) @function)
(predictor_declaration name: (identifier) @function)
(function_declaration name: (identifier) @function)
(action_declaration name: (identifier) @function)
(policy_declaration name: (identifier) @function)
(metric_declaration name: (identifier) @variable)
(query_declaration connection: (identifier) @module)
(command_declaration connection: (identifier) @module)
(metric_declaration connection: (identifier) @module)
(learn_clause connection: (identifier) @module)
(test_declaration title: (text) @markup.heading)
((identifier) @variable.builtin
  (#any-of? @variable.builtin "today" "now" "result" "row" "people"))
((call callee: (identifier) @function.builtin)
  (#any-of? @function.builtin "count" "sum" "average" "min" "max" "first" "last" "rank" "previous" "redact" "pseudonymize" "release" "days" "contains"))
((named_type (path . (identifier) @type.builtin .))
  (#any-of? @type.builtin "text" "boolean" "integer" "number" "decimal" "money" "percent" "date" "time" "timestamp" "duration" "json" "file" "person"))
[(comment) (documentation)] @comment
(documentation) @comment.documentation
[(text) (block_text)] @string
(hole) @none
[(integer) (number) (percent) (ordinal)] @number
(money) @number
(currency) @constant
[(date) (time) (date_time)] @string.special
(unit) @constant.builtin
(day_name) @constant.builtin
(constant) @constant.builtin
(label) @attribute
[(first_stage) (only_stage)] @keyword
["playbook" "module" "use" "zone" "calendar" "trigger" "input" "type" "query" "command" "model" "predictor" "metric" "state" "function" "action" "policy" "test" "one" "failure"] @keyword.type
["do" "record" "emit" "ask" "run" "start" "set"] @keyword.operator.effect
["if" "then" "else" "match" "for" "each" "repeat" "together" "try" "wait" "stop" "fail" "skip" "return" "yield" "until" "after" "when"] @keyword.conditional
["let"] @keyword
["route" "budget" "cache" "temperature" "ensure" "prompt" "example" "returns" "learn" "predict" "accept" "retrain" "follows" "has" "no" "reaches" "snapshot" "combine"] @keyword
["retry" "timeout" "once" "undo" "within" "remind" "unsure" "named" "otherwise" "catch" "up" "except" "our" "own" "key" "keep" "going" "newest" "wins"] @keyword.modifier
["where" "add" "select" "sort" "take" "first" "map" "group" "join" "check" "optional" "ascending" "descending" "search" "find" "metrics" "read"] @keyword
["given" "expect" "called" "never" "before" "waits" "fails" "arrives" "approves" "refuses" "answers" "pass" "passes"] @keyword
["every" "cron" "webhook" "event" "file" "change" "message" "resource" "request" "batches"] @keyword
["list" "table" "row" "money"] @type.builtin
["and" "or" "not" "in" "like" "between" "is" "present" "missing" "known" "mod" "as" "over"] @keyword.operator
["a" "above" "alike" "all" "approve" "at" "best" "business" "by" "call" "end" "from" "into" "last" "least" "most" "next" "of" "on" "per" "rows" "starting" "the" "this" "time" "times" "to" "with"] @keyword
["millisecond" "milliseconds" "second" "seconds" "minute" "minutes" "hour" "hours" "day" "days" "week" "weeks" "month" "months" "quarter" "quarters" "year" "years" "weekday" "monday" "tuesday" "wednesday" "thursday" "friday" "saturday" "sunday" "third" "fourth" "fifth"] @constant.builtin
["=" "!=" "<" "<=" ">" ">=" "+" "-" "*" "/" "??" ".."] @operator
["," ":" "." "?." "?" "->" "|"] @punctuation.delimiter
["{" "}" "[" "]" "(" ")"] @punctuation.bracket
(hole ["{" "}"] @punctuation.special)

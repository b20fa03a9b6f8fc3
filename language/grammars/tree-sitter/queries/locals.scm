; Generated from the table of words of the language.

[
  (source_file)
  (block)
  (query_declaration)
  (command_declaration)
  (model_declaration)
  (function_declaration)
  (action_declaration)
] @local.scope

(input_declaration name: (identifier) @local.definition)
(query_declaration name: (identifier) @local.definition)
(command_declaration name: (identifier) @local.definition)
(model_declaration name: (identifier) @local.definition)
(predictor_declaration name: (identifier) @local.definition)
(metric_declaration name: (identifier) @local.definition)
(state_declaration name: (identifier) @local.definition)
(function_declaration name: (identifier) @local.definition)
(action_declaration name: (identifier) @local.definition)
(let_statement name: (identifier) @local.definition)
(for_statement item: (identifier) @local.definition)
(parameter name: (identifier) @local.definition)
(_ binding: (identifier) @local.definition)

(identifier) @local.reference

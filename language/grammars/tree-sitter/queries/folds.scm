; Generated from the table of words of the language.

[
  (block)
  (match_statement)
  (wait_statement)
  (model_body)
  (predictor_body)
  (policy_body)
  (test_body)
  (query_declaration)
  (command_declaration)
  (metric_declaration)
  (learn_clause)
  (record_type)
  (record)
  (list)
  (arguments)
  (block_text)
] @fold

; Generated from the table of words of the language.

((sql) @injection.content
  (#set! injection.language "sql"))

(prompt_clause
  text: (_ (text_content) @injection.content)
  (#set! injection.language "markdown"))

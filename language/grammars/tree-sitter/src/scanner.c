/* What regular expressions cannot say: which newlines end a statement, where the pieces of texts and
 * SQL end, and whether a brace after `otherwise` opens a block.
 *
 * Generated; the words come from the table of the language. Keeps no state between calls. */

#include "tree_sitter/parser.h"

#include <string.h>

/* In the order of `externals` in grammar.json. */
enum TokenType {
  LINE_END,
  MODIFIER_END,
  THEN_END,
  TEXT_PIECE,
  BLOCK_PIECE,
  SQL_PIECE,
  HOLE_START,
  BLOCK_START,
  RECOVERING,
};

typedef struct {
  const char *first;
  /* The word that must follow; empty where any may. */
  const char *second;
} Phrase;

/* A line that begins so continues the line before it. */
static const Phrase CONTINUING[] = {
  {"else", ""},
  {"in", ""},
  {"like", ""},
  {"between", ""},
  {"is", ""},
  {"known", ""},
  {"and", ""},
  {"or", ""},
  {"when", ""},
  {"where", ""},
  {"into", ""},
  {"mod", ""},
  {"not", "in"},
  {"starting", "with"},
};

/* A line that begins so may hold a modifier of the statement before it. */
static const Phrase MODIFIERS[] = {
  {"catch", "up"},
  {"except", "our"},
  {"at", "most"},
  {"undo", "with"},
  {"retry", ""},
  {"timeout", ""},
  {"otherwise", ""},
  {"within", ""},
  {"remind", ""},
  {"unsure", ""},
  {"key", ""},
  {"named", ""},
  {"with", ""},
};

#define LONGEST_WORD 24
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_space(int32_t c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == 0xA0 || c == 0xFEFF;
}

static bool is_word(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (c > 0x7F && !is_space(c));
}

static void advance(TSLexer *lexer) { lexer->advance(lexer, false); }

static void spaces(TSLexer *lexer) {
  while (is_space(lexer->lookahead)) advance(lexer);
}

/* Reads a word into `word`; a longer one than any keyword is left unreadable. */
static void read_word(TSLexer *lexer, char word[LONGEST_WORD + 1]) {
  unsigned length = 0;
  while (is_word(lexer->lookahead)) {
    if (length < LONGEST_WORD) word[length] = lexer->lookahead > 0x7F ? '?' : (char)lexer->lookahead;
    length++;
    advance(lexer);
  }
  if (length > LONGEST_WORD) length = 0;
  word[length] = '\0';
}

static bool begins(const Phrase *phrases, unsigned count, const char *first, const char *second) {
  for (unsigned at = 0; at < count; at++) {
    if (strcmp(phrases[at].first, first) == 0 &&
        (phrases[at].second[0] == '\0' || strcmp(phrases[at].second, second) == 0)) {
      return true;
    }
  }
  return false;
}

/* What the line begins with that stands after the newline: passes over blank lines and comments. */
static bool newline(TSLexer *lexer, const bool *valid) {
  for (;;) {
    spaces(lexer);
    if (lexer->lookahead == '#') {
      while (lexer->lookahead != '\n' && !lexer->eof(lexer)) advance(lexer);
    }
    if (lexer->lookahead != '\n') break;
    advance(lexer);
  }
  if (lexer->eof(lexer)) return false;
  int32_t c = lexer->lookahead;
  switch (c) {
    case '}':
    case ')':
    case ']':
    case '|':
    case ',':
    case '=':
    case '<':
    case '>':
    case '+':
    case '*':
    case '/':
      return false;
    case '!':
      advance(lexer);
      if (lexer->lookahead == '=') return false;
      break;
    case '?':
      advance(lexer);
      if (lexer->lookahead == '?' || lexer->lookahead == '.') return false;
      break;
    case '.':
      advance(lexer);
      if (lexer->lookahead != '.') return false;
      break;
    case '-':
      advance(lexer);
      if (lexer->lookahead == '>') return false;
      break;
    default:
      if (is_word(c)) {
        char first[LONGEST_WORD + 1];
        char second[LONGEST_WORD + 1];
        read_word(lexer, first);
        spaces(lexer);
        /* A word before a colon names a field or an argument. */
        if (lexer->lookahead == ':') break;
        read_word(lexer, second);
        if (begins(CONTINUING, COUNT(CONTINUING), first, second)) return false;
        if (strcmp(first, "then") == 0) {
          lexer->result_symbol = THEN_END;
          return valid[THEN_END];
        }
        if (begins(MODIFIERS, COUNT(MODIFIERS), first, second)) {
          lexer->result_symbol = MODIFIER_END;
          return valid[MODIFIER_END];
        }
      }
  }
  lexer->result_symbol = LINE_END;
  return valid[LINE_END];
}

/* Whether a hole that begins here ends on its line, and within the text. */
static bool hole(TSLexer *lexer, bool line_text, bool block_text) {
  unsigned depth = 0;
  bool quoted = false;
  unsigned quotes = 0;
  while (!lexer->eof(lexer) && lexer->lookahead != '\n') {
    int32_t c = lexer->lookahead;
    quotes = c == '"' ? quotes + 1 : 0;
    if (c == '"') {
      if (line_text || (block_text && quotes == 3)) return false;
      quoted = !quoted;
    } else if (!quoted && c == '{') {
      depth++;
    } else if (!quoted && c == '}') {
      if (depth == 0) return true;
      depth--;
    }
    advance(lexer);
  }
  return false;
}

/* A brace in a text or in SQL: true for a doubled one, which is passed over. */
static bool doubled(TSLexer *lexer, int32_t brace) {
  advance(lexer);
  if (lexer->lookahead != brace) return false;
  advance(lexer);
  return true;
}

/* Plain text up to the next hole or the quotes that end it. */
static bool text(TSLexer *lexer, bool block, bool holes) {
  bool any = false;
  lexer->result_symbol = block ? BLOCK_PIECE : TEXT_PIECE;
  for (;;) {
    if (lexer->eof(lexer)) return false;
    int32_t c = lexer->lookahead;
    if (c == '"') {
      lexer->mark_end(lexer);
      if (!block) return any;
      unsigned quotes = 0;
      while (quotes < 3 && lexer->lookahead == '"') {
        advance(lexer);
        quotes++;
      }
      if (quotes == 3) return any;
      any = true;
      continue;
    }
    if (!block && c == '\n') return false;
    if (c == '{' || c == '}') {
      lexer->mark_end(lexer);
      if (doubled(lexer, c)) {
        any = true;
        continue;
      }
      if (any) return true;
      if (c == '}' || !holes) return false;
      lexer->mark_end(lexer);
      lexer->result_symbol = HOLE_START;
      return hole(lexer, !block, block);
    }
    advance(lexer);
    any = true;
  }
}

/* Passes over `'…'` or `"…"` after its first quote; a doubled quote stays inside. */
static bool quoted(TSLexer *lexer, int32_t quote) {
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    advance(lexer);
    if (c == quote && lexer->lookahead != quote) return true;
    if (c == quote) advance(lexer);
  }
  return false;
}

/* Passes over `$$…$$` or `$tag$…$tag$` after the first `$`. A `$` alone is SQL like any other. */
static bool dollars(TSLexer *lexer) {
  char tag[LONGEST_WORD * 2 + 1];
  unsigned length = 0;
  while (is_word(lexer->lookahead)) {
    bool digit = lexer->lookahead >= '0' && lexer->lookahead <= '9';
    if (length == LONGEST_WORD * 2 || (length == 0 && digit)) return true;
    tag[length++] = (char)lexer->lookahead;
    advance(lexer);
  }
  tag[length] = '\0';
  if (lexer->lookahead != '$') return true;
  advance(lexer);
  while (!lexer->eof(lexer)) {
    if (lexer->lookahead != '$') {
      advance(lexer);
      continue;
    }
    advance(lexer);
    unsigned at = 0;
    while (at < length && lexer->lookahead == (unsigned char)tag[at]) {
      advance(lexer);
      at++;
    }
    if (at == length && lexer->lookahead == '$') {
      advance(lexer);
      return true;
    }
  }
  return false;
}

/* Passes over a block comment after its first star. */
static bool comment(TSLexer *lexer) {
  while (!lexer->eof(lexer)) {
    int32_t c = lexer->lookahead;
    advance(lexer);
    if (c == '*' && lexer->lookahead == '/') {
      advance(lexer);
      return true;
    }
  }
  return false;
}

/* SQL up to the next hole or the brace that ends it. Its quotes and comments are opaque. */
static bool sql(TSLexer *lexer, bool holes) {
  bool any = false;
  lexer->result_symbol = SQL_PIECE;
  for (;;) {
    if (lexer->eof(lexer)) return false;
    int32_t c = lexer->lookahead;
    if (c == '{' || c == '}') {
      lexer->mark_end(lexer);
      if (doubled(lexer, c)) {
        any = true;
        continue;
      }
      if (any) return true;
      if (c == '}' || !holes) return false;
      lexer->mark_end(lexer);
      lexer->result_symbol = HOLE_START;
      return hole(lexer, false, false);
    }
    advance(lexer);
    any = true;
    if (c == '\'' || c == '"') {
      if (!quoted(lexer, c)) return false;
    } else if (c == '$') {
      if (!dollars(lexer)) return false;
    } else if (c == '-' && lexer->lookahead == '-') {
      while (!lexer->eof(lexer) && lexer->lookahead != '\n') advance(lexer);
    } else if (c == '/' && lexer->lookahead == '*') {
      advance(lexer);
      if (!comment(lexer)) return false;
    }
  }
}

/* A brace that is not followed by `NAME :` or `"…" :`. */
static bool block_start(TSLexer *lexer) {
  advance(lexer);
  lexer->mark_end(lexer);
  lexer->result_symbol = BLOCK_START;
  for (;;) {
    spaces(lexer);
    if (lexer->lookahead == '#') {
      while (lexer->lookahead != '\n' && !lexer->eof(lexer)) advance(lexer);
    }
    if (lexer->lookahead != '\n') break;
    advance(lexer);
  }
  if (lexer->lookahead == '"') {
    advance(lexer);
    while (!lexer->eof(lexer) && lexer->lookahead != '"' && lexer->lookahead != '\n') advance(lexer);
    if (lexer->lookahead == '"') advance(lexer);
  } else if (is_word(lexer->lookahead)) {
    while (is_word(lexer->lookahead)) advance(lexer);
  } else {
    return true;
  }
  spaces(lexer);
  return lexer->lookahead != ':';
}

void *tree_sitter_sophia_external_scanner_create(void) { return NULL; }

void tree_sitter_sophia_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_sophia_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}

void tree_sitter_sophia_external_scanner_deserialize(void *payload, const char *buffer,
                                                     unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

bool tree_sitter_sophia_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  bool recovering = valid[RECOVERING];
  if (!recovering) {
    if (valid[TEXT_PIECE]) return text(lexer, false, valid[HOLE_START]);
    if (valid[BLOCK_PIECE]) return text(lexer, true, valid[HOLE_START]);
    if (valid[SQL_PIECE]) return sql(lexer, valid[HOLE_START]);
  }
  if (!valid[LINE_END] && !valid[MODIFIER_END] && !valid[THEN_END] && !valid[BLOCK_START]) {
    return false;
  }
  while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
  if (lexer->lookahead == '\n') {
    advance(lexer);
    lexer->mark_end(lexer);
    return newline(lexer, valid);
  }
  return !recovering && valid[BLOCK_START] && lexer->lookahead == '{' && block_start(lexer);
}

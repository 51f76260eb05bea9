// Words of a name, split as the xstrings package that Sprig uses splits them.
#include "hub/gotemplate/sprig/names.h"

#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate::sprig {

namespace {

enum class Word { none, number, upper, letters, connector, punctuation, other };

bool is_connector(char32_t c) { return c == '-' || c == '_' || is_space(c); }
bool is_punctuation(char32_t c) {
  constexpr std::string_view kAscii = "!\"#%&'()*,-./:;?@[\\]_{}";
  if (c < 0x80) return kAscii.find(static_cast<char>(c)) != std::string_view::npos;
  return c == 0xA1 || c == 0xA7 || c == 0xAB || c == 0xB6 || c == 0xB7 || c == 0xBB || c == 0xBF ||
         (c >= 0x2010 && c <= 0x2027) || (c >= 0x2030 && c <= 0x205E);
}
/// Letters with two cases.
bool is_cased(char32_t c) { return is_letter(c) && (is_upper(c) || is_lower(c)); }

/// Takes words off a text one by one.
class Words {
 public:
  explicit Words(std::u32string_view text) : rest_(text) { next(); }

  Word kind() const { return kind_; }
  std::u32string_view word() const { return word_; }
  bool last() const { return rest_.empty(); }
  void next() {
    if (rest_.empty()) {
      kind_ = Word::none;
      word_ = {};
      return;
    }
    const std::size_t size = measure(rest_[0]);
    word_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }

 private:
  std::size_t run(bool (*belongs)(char32_t)) const {
    std::size_t size = 1;
    while (size < rest_.size() && belongs(rest_[size])) ++size;
    return size;
  }
  std::size_t measure(char32_t first) {
    if (is_connector(first)) return of(Word::connector, run(is_connector));
    if (is_punctuation(first)) return of(Word::punctuation, run(is_punctuation));
    if (is_upper(first)) return of(Word::upper, upper_run());
    const auto small = +[](char32_t c) { return is_cased(c) && !is_upper(c); };
    if (is_cased(first)) return of(Word::letters, run(small));
    if (is_digit(first)) return of(Word::number, run(is_digit));
    return of(Word::other, run([](char32_t c) {
                return !is_connector(c) && !is_cased(c) && !is_digit(c) && !is_punctuation(c);
              }));
  }
  /// "HTTPStatus" is HTTP and Status; "Status" is one word.
  std::size_t upper_run() const {
    std::size_t size = run(is_upper);
    if (size > 1) return size < rest_.size() && is_cased(rest_[size]) ? size - 1 : size;
    while (size < rest_.size() && is_cased(rest_[size]) && !is_upper(rest_[size])) ++size;
    return size;
  }
  std::size_t of(Word kind, std::size_t size) {
    kind_ = kind;
    return size;
  }

  std::u32string_view rest_;
  std::u32string_view word_;
  Word kind_ = Word::none;
};

/// Joins words with a separator; numbers cling to the letters around them.
class Joiner {
 public:
  explicit Joiner(char separator) : separator_(separator) {}

  std::string join(std::u32string_view text) {
    Words words(text);
    while (!words.last()) {
      if (words.kind() != Word::connector) append(words.kind(), words.word());
      const Word before = words.kind();
      const std::u32string_view text_before = words.word();
      words.next();
      step(before, text_before, words);
    }
    append(words.kind(), words.word());
    return std::move(out_);
  }

 private:
  static bool joins(Word kind) { return kind == Word::letters || kind == Word::number; }
  static bool starts_anew(Word kind) {
    return kind != Word::connector && kind != Word::punctuation;
  }
  void step(Word before, std::u32string_view text_before, Words& words) {
    switch (before) {
      case Word::number:
        take_joined(words);
        if (words.kind() != Word::none && starts_anew(words.kind())) out_ += separator_;
        return;
      case Word::connector:
        append(before, text_before);
        return;
      case Word::punctuation:
        return;
      default:
        break;
    }
    if (words.kind() != Word::number) {
      if (starts_anew(words.kind())) out_ += separator_;
      return;
    }
    if (words.last()) return;
    const std::u32string_view number = words.word();
    words.next();
    if (words.kind() != Word::letters) {
      // "Bld4Floor": the number belongs to the word before it.
      append(Word::number, number);
      if (starts_anew(words.kind())) out_ += separator_;
      return;
    }
    // "HTTP2xx": it begins the next word.
    out_ += separator_;
    append(Word::number, number);
    take_joined(words);
    if (words.kind() != Word::none && starts_anew(words.kind())) out_ += separator_;
  }
  void take_joined(Words& words) {
    while (joins(words.kind())) {
      append(words.kind(), words.word());
      words.next();
    }
  }
  void append(Word kind, std::u32string_view word) {
    for (const char32_t c : word) {
      if (kind == Word::connector || (kind == Word::upper && is_connector(c)))
        out_ += separator_;
      else
        append_rune(out_, kind == Word::upper ? to_lower(c) : c);
    }
  }

  char separator_;
  std::string out_;
};

}  // namespace

std::string separated(std::string_view text, char separator) {
  return Joiner(separator).join(to_runes(text));
}

std::string pascal(std::string_view text) {
  const std::u32string runes = to_runes(text);
  std::string out;
  std::size_t at = 0;
  while (at < runes.size() && is_connector(runes[at])) append_rune(out, runes[at++]);
  if (at >= runes.size()) {
    if (at > 0) append_rune(out, runes.back());  // xstrings writes a last connector twice
    return out;
  }
  bool first_upper = is_upper(runes[at]);
  char32_t current = to_upper(runes[at]);
  for (++at; at < runes.size(); ++at) {
    const char32_t before = current;
    current = runes[at];
    if (is_connector(current) && is_connector(before)) {
      append_rune(out, before);
      continue;
    }
    if (is_connector(before)) {
      first_upper = is_upper(current);
      current = to_upper(current);
      continue;
    }
    if (first_upper) {
      if (is_upper(current))
        current = to_lower(current);
      else
        first_upper = false;
    }
    append_rune(out, before);
  }
  append_rune(out, current);
  return out;
}

}  // namespace spokelab::hub::gotemplate::sprig

// Glob: patterns become RE2 expressions, so that no pattern can be made slow.
#include "hub/glob.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace spokelab::hub {

namespace {

class Translator {
 public:
  Translator(std::string_view pattern, GlobDialect dialect) : rest_(pattern), dialect_(dialect) {}

  bool run(std::string& regex) {
    while (!rest_.empty()) {
      if (!one()) return false;
    }
    regex = std::move(out_);
    return depth_ == 0;
  }

 private:
  bool crosses() const {
    return dialect_ == GlobDialect::greedy || dialect_ == GlobDialect::pathspec;
  }
  bool braces() const {
    return dialect_ == GlobDialect::greedy || dialect_ == GlobDialect::doublestar;
  }
  void literal(char symbol) { out_ += RE2::QuoteMeta(std::string_view(&symbol, 1)); }

  bool one() {
    const char symbol = rest_.front();
    rest_.remove_prefix(1);
    switch (symbol) {
      case '*':
        star();
        return true;
      case '?':
        out_ += crosses() ? "." : "[^/]";
        return true;
      case '[':
        return brackets();
      case '\\':
        if (rest_.empty()) return false;
        literal(rest_.front());
        rest_.remove_prefix(1);
        return true;
      default:
        return punctuation(symbol);
    }
  }

  bool punctuation(char symbol) {
    if (braces() && symbol == '{') {
      ++depth_;
      out_ += "(?:";
    } else if (braces() && symbol == '}' && depth_ > 0) {
      --depth_;
      out_ += ")";
    } else if (braces() && symbol == ',' && depth_ > 0) {
      out_ += "|";
    } else {
      literal(symbol);
    }
    return depth_ < 100;
  }

  void star() {
    const bool twice = rest_.starts_with('*');
    while (rest_.starts_with('*')) rest_.remove_prefix(1);
    if (crosses()) {
      out_ += ".*";
    } else if (twice && dialect_ == GlobDialect::doublestar) {
      if (rest_.starts_with('/')) {
        rest_.remove_prefix(1);
        out_ += "(?:.*/)?";
      } else {
        out_ += ".*";
      }
    } else {
      out_ += "[^/]*";
    }
  }

  bool brackets() {
    std::string set = "[";
    const bool caret = rest_.starts_with('^') && dialect_ != GlobDialect::greedy;
    const bool bang = rest_.starts_with('!') && dialect_ != GlobDialect::go_path;
    if (caret || bang) {
      rest_.remove_prefix(1);
      set += crosses() ? "^" : "^/";
    }
    bool any = false;
    while (!rest_.empty() && (rest_.front() != ']' || !any)) {
      any = true;
      char symbol = rest_.front();
      rest_.remove_prefix(1);
      if (symbol == '\\') {
        if (rest_.empty()) return false;
        symbol = rest_.front();
        rest_.remove_prefix(1);
        set += '\\';
        set += symbol;
      } else if (symbol == '[' || symbol == ']' || symbol == '^' || symbol == '&') {
        set += '\\';
        set += symbol;
      } else {
        set += symbol;
      }
    }
    if (rest_.empty() || !any) return false;
    rest_.remove_prefix(1);
    out_ += set + "]";
    return true;
  }

  std::string_view rest_;
  GlobDialect dialect_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

bool Glob::is_pattern(std::string_view text) {
  return text.find_first_of("*?[{") != std::string_view::npos;
}

Result<Glob> Glob::compile(std::string_view pattern, GlobDialect dialect) {
  if (pattern.size() > kPatternBytesMax) {
    return Error(Errc::limit, fmt::format("a pattern of {} bytes is longer than the limit of {}",
                                          pattern.size(), kPatternBytesMax));
  }
  std::string body;
  const Error broken(Errc::bad_input, "syntax error in pattern");
  if (!Translator(pattern, dialect).run(body)) return broken;
  if (dialect == GlobDialect::pathspec) {
    while (pattern.ends_with('/')) pattern.remove_suffix(1);
    body = fmt::format("(?:{}|{}(?:/.*)?)", body, RE2::QuoteMeta(pattern));
  }
  RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  auto regex = std::make_shared<RE2>(body, options);
  if (!regex->ok()) return broken;
  Glob glob;
  glob.regex_ = std::move(regex);
  return glob;
}

bool Glob::matches(std::string_view path) const {
  return RE2::FullMatch(re2::StringPiece(path.data(), path.size()), *regex_);
}

bool matches_glob(const std::string& pattern, const std::string& text) {
  if (pattern == text || pattern == "*") return true;
  if (!Glob::is_pattern(pattern)) return false;
  const auto glob = Glob::compile(pattern, GlobDialect::greedy);
  return glob && glob->matches(text);
}

}  // namespace spokelab::hub

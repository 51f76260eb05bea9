// fmt.Sprintf.
#include <fmt/format.h>

#include <utility>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/print/verb.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kNumberMax = 1'000'000;

/// Runs one call.
class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> values)
      : format_(format), values_(values) {}

  std::string run() {
    while (at_ < format_.size() && !printer_.full()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      printer_.out += format_.substr(at_, percent - at_);
      at_ = percent + 1;
      if (percent < format_.size()) directive();
    }
    if (!reordered_) extra();
    return std::move(printer_.out);
  }

 private:
  bool next_is(char c) const { return at_ < format_.size() && format_[at_] == c; }

  void extra() {
    if (next_ >= values_.size()) return;
    printer_.out += "%!(EXTRA ";
    for (std::size_t i = next_; i < values_.size(); ++i) {
      if (i > next_) printer_.out += ", ";
      printer_.out += type_name(values_[i]);
      if (values_[i].is_nil()) continue;
      printer_.out += '=';
      printer_.value(values_[i], "v", Flags{});
    }
    printer_.out += ')';
  }
  /// Digits; nothing when there are none. A number too large swallows the rest of the format.
  std::optional<int> number(std::size_t end) {
    const std::size_t from = at_;
    int value = 0;
    for (; at_ < end && format_[at_] >= '0' && format_[at_] <= '9'; ++at_) {
      if (value > kNumberMax) {
        at_ = end;
        return std::nullopt;
      }
      value = value * 10 + (format_[at_] - '0');
    }
    return at_ == from ? std::nullopt : std::optional(value);
  }
  /// An explicit index, "[3]"; true when it was well-formed.
  bool index() {
    if (!next_is('[')) return false;
    reordered_ = true;
    const std::size_t open = at_;
    const std::size_t close = format_.find(']', open);
    if (close == std::string_view::npos || format_.size() - open < 3) {
      good_index_ = false;
      at_ = open + 1;
      return false;
    }
    ++at_;
    const auto value = number(close);
    const bool formed = value && at_ == close;
    at_ = close + 1;
    if (formed && *value >= 1 && static_cast<std::size_t>(*value) <= values_.size()) {
      next_ = static_cast<std::size_t>(*value) - 1;
      return true;
    }
    good_index_ = false;
    return formed;
  }
  /// The argument that a `*` takes.
  std::optional<int> star() {
    ++at_;
    if (next_ >= values_.size()) return std::nullopt;
    const Value& value = values_[next_++];
    if (!value.is_whole() || value.whole() > kNumberMax || value.whole() < -kNumberMax)
      return std::nullopt;
    return static_cast<int>(value.whole());
  }
  void read_flags(Flags& flags) {
    for (; at_ < format_.size(); ++at_) {
      switch (format_[at_]) {
        case '#':
          flags.sharp = true;
          break;
        case '0':
          flags.zero = true;
          break;
        case '+':
          flags.plus = true;
          break;
        case '-':
          flags.minus = true;
          break;
        case ' ':
          flags.space = true;
          break;
        default:
          return;
      }
    }
  }
  void read_width(Flags& flags, bool& after_index) {
    if (next_is('*')) {
      const auto width = star();
      flags.has_width = width.has_value();
      flags.width = width.value_or(0);
      if (!width) printer_.out += "%!(BADWIDTH)";
      if (flags.width < 0) {
        flags.width = -flags.width;
        flags.minus = true;
        flags.zero = false;
      }
      after_index = false;
      return;
    }
    const auto width = number(format_.size());
    flags.has_width = width.has_value();
    flags.width = width.value_or(0);
    if (after_index && width) good_index_ = false;
  }
  void read_precision(Flags& flags, bool& after_index) {
    if (!next_is('.') || at_ + 1 >= format_.size()) return;
    ++at_;
    if (after_index) good_index_ = false;
    after_index = index();
    if (next_is('*')) {
      const auto precision = star();
      flags.has_precision = precision && *precision >= 0;
      flags.precision = flags.has_precision ? *precision : 0;
      if (!flags.has_precision) printer_.out += "%!(BADPREC)";
      after_index = false;
      return;
    }
    flags.precision = number(format_.size()).value_or(0);
    flags.has_precision = true;
  }
  void directive() {
    Flags flags;
    good_index_ = true;
    read_flags(flags);
    const char first = at_ < format_.size() ? format_[at_] : '\0';
    if (first < 'a' || first > 'z' || next_ >= values_.size()) {
      bool after_index = index();
      read_width(flags, after_index);
      read_precision(flags, after_index);
      if (!after_index) index();
    }
    if (at_ >= format_.size()) {
      printer_.out += "%!(NOVERB)";
      return;
    }
    const std::string_view verb = format_.substr(at_, rune_width(format_, at_));
    at_ += verb.size();
    if (verb == "%")
      printer_.out += '%';
    else if (!good_index_)
      printer_.out += fmt::format("%!{}(BADINDEX)", verb);
    else if (next_ >= values_.size())
      printer_.out += fmt::format("%!{}(MISSING)", verb);
    else
      apply(verb, flags);
  }
  void apply(std::string_view verb, Flags flags) {
    if (verb == "v" || verb == "w") {
      flags.sharp_v = std::exchange(flags.sharp, false);
      flags.plus_v = std::exchange(flags.plus, false);
    }
    printer_.value(values_[next_++], verb, flags);
  }

  std::string_view format_;
  std::span<const Value> values_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool reordered_ = false;
  bool good_index_ = true;
  Printer printer_;
};

}  // namespace

std::string sprintf(std::string_view format, std::span<const Value> values) {
  return Formatter(format, values).run();
}

}  // namespace spokelab::hub::gotemplate

// How one value prints under one verb of Go's fmt, with its flags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

/// Flags, width and precision of a verb.
struct Flags {
  bool plus = false, minus = false, sharp = false, space = false, zero = false;
  bool plus_v = false, sharp_v = false;  ///< %+v and %#v.
  bool has_width = false, has_precision = false;
  int width = 0;
  int precision = 0;
};

/// Appends `text`, padded to the width.
void append_padded(std::string& out, std::string_view text, const Flags& flags);
void append_padding(std::string& out, int count, const Flags& flags);
/// %d, %b, %o, %O, %x and %X.
void append_whole(std::string& out, std::uint64_t bits, bool is_signed, char verb,
                  const Flags& flags);
/// %v, %e, %E, %f, %F, %g, %G, %b, %x and %X.
void append_real(std::string& out, double value, char verb, const Flags& flags);

/// Appends values as fmt's verbs print them.
class Printer {
 public:
  std::string out;

  /// `verb` as UTF-8: a mistaken one may be any character.
  void value(const Value& value, std::string_view verb, const Flags& flags, int depth = 0);
  /// Too long already: what is cut off is refused by RuntimeOptions::output_bytes_max.
  bool full() const;

 private:
  void bad(const Value& value, std::string_view verb, const Flags& flags);
  void nothing(std::string_view verb, const Flags& flags, int depth);
  void whole(const Value& value, std::string_view verb, const Flags& flags);
  void text(const Value& value, std::string_view text, std::string_view verb, const Flags& flags);
  void hex(std::string_view text, bool upper, const Flags& flags);
  void bytes(const Value& value, std::string_view verb, const Flags& flags);
  void list(const Value& value, std::string_view verb, const Flags& flags, int depth);
  void map(const Value& value, std::string_view verb, const Flags& flags, int depth);
};

}  // namespace spokelab::hub::gotemplate

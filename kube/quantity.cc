// Quantity arithmetic in whole nano units; 128 bits hold the largest allowed amount with room to
// spare.
#include "kube/quantity.h"

#include <charconv>
#include <limits>

namespace spokelab::kube {

namespace {

constexpr __int128 kNano = 1'000'000'000;
constexpr __int128 kMost = static_cast<__int128>(std::numeric_limits<std::int64_t>::max()) * kNano;

Error malformed() {
  return Error(Errc::bad_input,
               "quantities must match the regular expression "
               "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

std::string print(__int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string text;
  for (__int128 rest = negative ? -value : value; rest > 0; rest /= 10) {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  return negative ? "-" + text : text;
}

/// Rounds away from zero, as Kubernetes does.
__int128 divide_up(__int128 value, __int128 by) {
  const __int128 whole = value / by;
  if (value % by == 0) return whole;
  return value > 0 ? whole + 1 : whole - 1;
}

struct Suffix {
  std::string_view text;
  int power;  // of 10, or of 2 for the binary ones
  bool binary;
};
constexpr Suffix kSuffixes[] = {
    {"n", -9, false}, {"u", -6, false}, {"m", -3, false}, {"", 0, false},
    {"k", 3, false},  {"M", 6, false},  {"G", 9, false},  {"T", 12, false},
    {"P", 15, false}, {"E", 18, false}, {"Ki", 10, true}, {"Mi", 20, true},
    {"Gi", 30, true}, {"Ti", 40, true}, {"Pi", 50, true}, {"Ei", 60, true}};

__int128 power_of_ten(int power) {
  __int128 result = 1;
  for (; power > 0; --power) result *= 10;
  return result;
}

/// digits * 10^power in nano units; capped. `digits` has at most 30 significant places.
__int128 scaled(__int128 digits, int power) {
  power += 9;
  for (; power > 0; --power) {
    if (digits > kMost) return kMost;
    digits *= 10;
  }
  if (power < 0)
    return power < -30 ? (digits == 0 ? 0 : 1) : divide_up(digits, power_of_ten(-power));
  return digits > kMost ? kMost : digits;
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  Quantity quantity;
  if (text.empty()) return malformed();
  bool negative = false;
  if (text[0] == '+' || text[0] == '-') {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  __int128 digits = 0;
  int fraction = 0;
  int places = 0;
  bool point = false;
  bool any = false;
  while (!text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) {
    if (text[0] == '.') {
      if (point) return malformed();
      point = true;
    } else {
      any = true;
      if (places < 28) {
        digits = digits * 10 + (text[0] - '0');
        if (digits != 0) ++places;
        if (point) ++fraction;
      } else if (!point) {
        --fraction;  // beyond any amount that counts
      }
    }
    text.remove_prefix(1);
  }
  if (!any) return malformed();
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != text) continue;
    if (suffix.binary) {
      quantity.form_ = Form::binary;
      __int128 amount = scaled(digits, -fraction);
      for (int i = 0; i < suffix.power && amount < kMost; ++i) amount *= 2;
      // Fractions below 10^-9 of a binary unit count before they are multiplied.
      if (fraction > 9) {
        __int128 exact = digits;
        for (int i = 0; i < suffix.power && exact < (kMost << 20); ++i) exact *= 2;
        amount = scaled(exact, -fraction);
      }
      quantity.nano_ = amount;
    } else {
      quantity.nano_ = scaled(digits, suffix.power - fraction);
    }
    if (quantity.nano_ > kMost) quantity.nano_ = kMost;
    if (negative) quantity.nano_ = -quantity.nano_;
    return quantity;
  }
  if (text[0] != 'e' && text[0] != 'E') return malformed();
  text.remove_prefix(1);
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  int power = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), power);
  if (bad != std::errc{} || end != text.data() + text.size() || power > 100 || power < -100) {
    return malformed();
  }
  quantity.form_ = Form::exponent;
  quantity.nano_ = digits == 0 ? 0 : scaled(digits, power - fraction);
  if (negative) quantity.nano_ = -quantity.nano_;
  return quantity;
}

Quantity Quantity::from_milli(std::int64_t milli) {
  Quantity quantity;
  quantity.nano_ = static_cast<__int128>(milli) * 1'000'000;
  return quantity;
}

Quantity Quantity::from_value(std::int64_t value) {
  Quantity quantity;
  quantity.nano_ = static_cast<__int128>(value) * kNano;
  return quantity;
}

std::string Quantity::text() const {
  if (nano_ == 0) return "0";
  Form form = form_;
  if (form == Form::binary && nano_ > -1024 * kNano && nano_ < 1024 * kNano) form = Form::decimal;
  if (form == Form::binary) {
    static constexpr const char* kNames[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    __int128 amount = divide_up(nano_, kNano);
    std::size_t step = 0;
    while (step + 1 < std::size(kNames) && amount % 1024 == 0) {
      amount /= 1024;
      ++step;
    }
    return print(amount) + kNames[step];
  }
  static constexpr const char* kNames[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
  __int128 amount = nano_;
  std::size_t step = 0;
  while (step + 1 < std::size(kNames) && amount % 1000 == 0) {
    amount /= 1000;
    ++step;
  }
  if (form == Form::decimal) return print(amount) + kNames[step];
  const int power = static_cast<int>(step) * 3 - 9;
  return power == 0 ? print(amount) : print(amount) + "e" + std::to_string(power);
}

std::int64_t Quantity::value() const { return static_cast<std::int64_t>(divide_up(nano_, kNano)); }

std::int64_t Quantity::milli() const {
  const __int128 milli = divide_up(nano_, 1'000'000);
  constexpr __int128 most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(milli > most ? most : milli < -most ? -most : milli);
}

Quantity Quantity::rounded_to_milli() const {
  Quantity rounded = *this;
  rounded.nano_ = divide_up(nano_, 1'000'000) * 1'000'000;
  return rounded;
}

Quantity operator+(Quantity a, const Quantity& b) {
  if (a.nano_ == 0) a.form_ = b.form_;
  a.nano_ += b.nano_;
  return a;
}

Quantity operator-(Quantity a, const Quantity& b) {
  if (a.nano_ == 0) a.form_ = b.form_;
  a.nano_ -= b.nano_;
  return a;
}

std::strong_ordering operator<=>(const Quantity& a, const Quantity& b) {
  return a.nano_ < b.nano_   ? std::strong_ordering::less
         : a.nano_ > b.nano_ ? std::strong_ordering::greater
                             : std::strong_ordering::equal;
}

}  // namespace spokelab::kube

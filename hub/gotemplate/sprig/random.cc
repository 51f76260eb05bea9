// Sprig: random texts.
#include <string>
#include <utility>

#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

Value random_text(Call& call, std::string_view set) {
  if (call.whole(0) < 0 || call.whole(0) > 1'000'000) return call.fail("invalid length");
  std::string out;
  for (std::int64_t i = 0; i < call.whole(0); ++i) out += set[call.runtime.rng().below(set.size())];
  return out;
}

constexpr std::string_view kAlphaNum =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

Value shuffle(Call& call) {
  std::u32string runes = to_runes(call.text(0));
  for (std::size_t i = runes.size(); i > 1; --i)
    std::swap(runes[i - 1], runes[call.runtime.rng().below(i)]);
  return from_runes(runes);
}

}  // namespace

void add_sprig_random(FunctionTable& table) {
  table.add("randAlphaNum", "i", [](Call& c) { return random_text(c, kAlphaNum); });
  table.add("randAlpha", "i", [](Call& c) { return random_text(c, kAlphaNum.substr(10)); });
  table.add("randNumeric", "i", [](Call& c) { return random_text(c, kAlphaNum.substr(0, 10)); });
  table.add("randAscii", "i", [](Call& c) {
    static const std::string set = [] {
      std::string out;
      for (char a = 32; a < 127; ++a) out += a;
      return out;
    }();
    return random_text(c, set);
  });
  table.add("shuffle", "s", shuffle);
}

}  // namespace spokelab::hub::gotemplate

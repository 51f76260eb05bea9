#include "harness/scenario/zones.h"

namespace spokelab::harness {

std::vector<std::string> zone_letters(int zones) {
  std::vector<std::string> letters;
  for (int i = 0; i < zones; ++i) letters.emplace_back(1, static_cast<char>('a' + i));
  return letters;
}

std::string zone_letter(std::string_view written, std::string_view region) {
  if (written.size() > 1 && written.starts_with(region)) {
    written.remove_prefix(region.size());
    if (written.starts_with('-')) written.remove_prefix(1);
  }
  const bool letter = written.size() == 1 && written[0] >= 'a' && written[0] <= 'z';
  return letter ? std::string(written) : "";
}

}  // namespace spokelab::harness

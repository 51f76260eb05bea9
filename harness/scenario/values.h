// The typed quantities of a scenario: shares, rates, sizes, places, object references; and their
// texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/run_time.h"

namespace spokelab::harness {

/// A share of a whole, exact to a millionth: 30% is 300,000.
struct Share {
  std::uint32_t millionths = 0;
  friend auto operator<=>(const Share&, const Share&) = default;
};
inline constexpr Share kWhole{1'000'000};

/// `count` things in each span `per`: 200/s, 5/m, 1/30s.
struct Rate {
  std::int64_t count = 0;
  Nanos per{1'000'000'000};
  friend bool operator==(const Rate&, const Rate&) = default;
};
/// Whether `a` is less often than `b`.
bool slower(const Rate& a, const Rate& b);

/// A number of bytes, or of bytes a second.
struct Bytes {
  std::uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

/// An object on a cluster: "deployment agent/agent-prod", "deployments.apps agent/agent-prod",
/// "namespace agent".
struct ObjectRef {
  std::string kind;  ///< As written, lower case: kind, resource or RESOURCE.GROUP.
  std::string ns;    ///< Empty for cluster-scoped kinds.
  std::string name;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

/// "NAMESPACE/NAME".
struct ServiceRef {
  std::string ns;
  std::string name;
  friend bool operator==(const ServiceRef&, const ServiceRef&) = default;
};

/// Parsers. Errors: bad_input, one sentence that names the fix.
Result<Nanos> parse_span(std::string_view text);  ///< As parse_duration, refusing negative spans.
Result<Share> parse_share(std::string_view text);
Result<Rate> parse_rate(std::string_view text);
Result<Bytes> parse_bytes(std::string_view text);
Result<Bytes> parse_byte_rate(std::string_view text);
Result<std::uint64_t> parse_whole(std::string_view text);
Result<ObjectRef> parse_object_ref(std::string_view text);
Result<ServiceRef> parse_service(std::string_view text);
/// The two ends of "A <-> B".
Result<std::pair<std::string, std::string>> parse_link(std::string_view text);

/// Exact texts, which the parsers above read back: "5m3.25s", "99.95%".
std::string exact_duration(Nanos span);
std::string format_share(Share share);

/// Whether it is an RFC 1123 label of at most 63 bytes.
bool is_name(std::string_view text);
/// Whether `text` matches a pattern in which '*' stands for any run of characters.
bool matches(std::string_view pattern, std::string_view text);

/// A value that is drawn: LOW..HIGH or any[a, b].
struct Draw {
  bool range = false;
  std::vector<std::string> options;  ///< Two ends, or the words to choose from.
};
/// nullopt: not written as a draw. Errors: bad_input, for instance "any[" without "]".
Result<std::optional<Draw>> parse_draw(std::string_view text);

}  // namespace spokelab::harness

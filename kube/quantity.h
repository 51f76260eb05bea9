// Resource quantities: "250m", "1.5Gi", "1e3".
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace spokelab::kube {

/// An exact amount down to 10^-9, with the form in which it is to be printed.
class Quantity {
 public:
  Quantity() = default;
  /// Errors: bad_input, worded as Kubernetes'. Below 10^-9 is rounded up; beyond 2^63-1 capped.
  static Result<Quantity> parse(std::string_view text);
  static Quantity from_milli(std::int64_t milli);
  static Quantity from_value(std::int64_t value);

  /// Canonical: no fraction, the largest suffix that needs none ("1000m" -> "1", "1024Mi" ->
  /// "1Gi").
  std::string text() const;
  /// Whole units, rounded up.
  std::int64_t value() const;
  /// Thousandths, rounded up.
  std::int64_t milli() const;
  /// Rounded up to whole thousandths, as the API server stores resources of containers.
  Quantity rounded_to_milli() const;
  bool zero() const noexcept { return nano_ == 0; }
  bool whole() const noexcept { return nano_ % 1'000'000'000 == 0; }
  /// Written with a suffix of powers of 1024.
  bool binary() const noexcept { return form_ == Form::binary; }

  friend Quantity operator+(Quantity a, const Quantity& b);
  friend Quantity operator-(Quantity a, const Quantity& b);
  friend std::strong_ordering operator<=>(const Quantity& a, const Quantity& b);
  friend bool operator==(const Quantity& a, const Quantity& b) { return a.nano_ == b.nano_; }

 private:
  enum class Form : std::uint8_t { decimal, binary, exponent };
  __int128 nano_ = 0;
  Form form_ = Form::decimal;
};

}  // namespace spokelab::kube

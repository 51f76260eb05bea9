// The elements of Go's time layouts.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace spokelab::hub::gotemplate {

inline constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<std::string_view, 7> kDays = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/// The layout element at `at`, empty when the text there stands for itself.
std::string_view part_at(std::string_view layout, std::size_t at);

/// The text as the package time quotes it in its errors: all but printable ASCII as bytes.
std::string quoted_bytes(std::string_view text);

}  // namespace spokelab::hub::gotemplate

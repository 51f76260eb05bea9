// Whether this is a build with sanitizers, in which runs take some thirty times as long: tests of
// hundreds of runs leave them to the optimised build.
#pragma once

namespace spokelab::test {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace spokelab::test

// Rules: health checks of custom resources as a table instead of code.
#pragma once

#include <optional>

#include "base/json_fwd.h"
#include "hub/app/health/health.h"

namespace spokelab::hub {

/// What the built-in rule book says of an object (the kinds for which Argo CD ships a check in
/// resource_customizations/); nullopt: it has no rules for the kind. The inner value is empty where
/// the rules come to no answer. Kinds are looked up exactly first, then by the book's wildcards.
///
/// The book is text. A line at the margin names kinds, `group/Kind`, where either may be a glob;
/// `group/Kind(words)` makes the words known as `$1`. Indented lines are statements, in order:
///
///     [TEST...] => STATUS [MESSAGE]     answers
///     [TEST...] -> STATUS [MESSAGE]     remembers an answer for the end; "." keeps the old status
///     [TEST...] set NAME TEXT           a variable
///     [TEST...] add NAME                counts
///     [TEST...] join NAME SEP TEXT      appends, with the separator between
///     [TEST...] next | stop             goes on with the next item, or behind the loop
///     [TEST...] each PATH               repeats the deeper lines for each item
///     [TEST...] sorted PATH FIELD       the same, in the order of a field of the items
///     [TEST...] sum NAME TEXT           adds a number
///     [TEST...] less NAME A B           the difference of two numbers
///     TEST...                           the deeper lines, if all tests hold
///
/// A test is `PATH` (there, and not false), `!PATH`, `PATH?` (not null), `!PATH?`, `PATH=a|b`,
/// `PATH!=a`, `PATH^=start`, `PATH>1` and the like,
/// `PATH~has words`, `PATH~ratio` (numbers, as in 1/2), `PATH~full-ratio` (2/2), or `else`: nothing
/// of the chain before held.
/// `#PATH` is a length, `PATH=@OTHER` compares two values, quotes hold blanks together. Paths that
/// begin with a dot start at the item of the innermost loop, `$x` is a variable, `[key]` a step
/// with any characters in it, `[1]` the first item and `[#]` the last. Texts hold `{PATH}`,
/// `{PATH|otherwise}`, `{lower:PATH}` and `{short:PATH}`, the first seven characters,
/// and `{unerror:PATH}`, without "ERROR, ".
std::optional<std::optional<Health>> health_by_rules(const Json& object);

}  // namespace spokelab::hub

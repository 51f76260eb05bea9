// The grammar of --set and its relatives.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub::helm {

/// --set: "a.b[0].c=v,d={x,y}". Whole numbers become integers, true/false/null what they say, all
/// else text; "\" takes the next character as it is. Errors: bad_input `failed parsing --set data:
/// key "k" has no value` and the like. Source (of all): helm pkg/strvals.
Result<void> set_value(Json& values, std::string_view expression);
/// --set-string: the same, every value is text.
Result<void> set_text(Json& values, std::string_view expression);
/// --set-json: "a.b={...},c=[1]"; nothing is null.
Result<void> set_json(Json& values, std::string_view expression);
/// --set-literal: all behind the first "=" is one text.
Result<void> set_literal(Json& values, std::string_view expression);
/// The content of a file. Errors: what `failed parsing --set-file data: ` goes in front of.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;
/// --set-file: values are paths, and become what `read` finds there.
Result<void> set_file(Json& values, std::string_view expression, const ReadFile& read);

}  // namespace spokelab::hub::helm

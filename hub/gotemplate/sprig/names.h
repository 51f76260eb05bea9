// Changing how a name joins its words: snake_case, kebab-case, PascalCase.
#pragma once

#include <string>
#include <string_view>

namespace spokelab::hub::gotemplate::sprig {

/// Lower-case words joined by `separator`, as xstrings.ToSnakeCase and ToKebabCase.
std::string separated(std::string_view text, char separator);
/// As xstrings.ToPascalCase: "http_server" becomes "HttpServer".
std::string pascal(std::string_view text);

}  // namespace spokelab::hub::gotemplate::sprig

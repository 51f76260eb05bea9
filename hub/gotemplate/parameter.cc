// Parameter types.
#include "hub/gotemplate/parameter.h"

namespace spokelab::hub::gotemplate {

std::string_view go_type_of(char param) {
  switch (param) {
    case 's':
      return "string";
    case 'i':
      return "int";
    case 'I':
      return "int64";
    case 'f':
      return "float64";
    case 'b':
      return "bool";
    case 'l':
      return "[]interface {}";
    case 'm':
      return "map[string]interface {}";
    case 'o':
      return "ptr";
    case 't':
      return "time.Time";
    case 'c':
      return "sprig.certificate";
    case 'V':
      return "*semver.Version";
    default:
      return "interface {}";
  }
}

bool can_be_nil(char param) {
  return param == 'a' || param == 'v' || param == 'l' || param == 'm' || param == 'o';
}

bool assignable(const Value& value, char param) {
  switch (param) {
    case 's':
      return value.is(Kind::string);
    case 'i':
      return value.is(Kind::integer);
    case 'I':
      return value.is(Kind::int64);
    case 'f':
      return value.is(Kind::real);
    case 'b':
      return value.is(Kind::boolean);
    case 'l':
      return value.is(Kind::list) && value.list().of == List::Of::any;
    case 'm':
      return value.is(Kind::map) && value.map().of != Map::Of::string;
    case 'o':
      return value.is(Kind::object);
    case 't':
      return value.is(Kind::time);
    case 'c':
    case 'V':
      return value.is(Kind::object) && value.object().type_name() == go_type_of(param);
    default:
      return true;
  }
}

Value zero_of(char param) { return param == 'l' ? Value(std::make_shared<List>()) : Value::nil(); }

}  // namespace spokelab::hub::gotemplate

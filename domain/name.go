package domain

// NameRule describes a name that a client gives.
const NameRule = "1 to 64 of A-Z a-z 0-9 _ . - and a letter or digit first"

// ValidName reports whether a workspace, member, product, price or other name that a client gives follows [NameRule]:
// [A-Za-z0-9][A-Za-z0-9_.-]{0,63}. Names are opaque ids, so nothing personal needs to be in them.
func ValidName(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		alphanumeric := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alphanumeric && (i == 0 || c != '_' && c != '.' && c != '-') {
			return false
		}
	}
	return true
}

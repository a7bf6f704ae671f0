package postgres

import (
	"maps"
	"slices"
)

// defaults suit a small machine with little else to do. All other settings are as Postgres ships them, above all fsync and
// synchronous_commit.
func defaults() map[string]string {
	return map[string]string{
		// The shipped 128 MB are little for projections that read back what was just written.
		"shared_buffers": "256MB",
		// Every subscriber and every request in flight holds one.
		"max_connections": "200",
		// Keys are spread over the tables, so that after a checkpoint most of the log is full pages.
		"wal_compression": "on",
		// Times are shown alike on every machine.
		"timezone":     "UTC",
		"log_timezone": "UTC",
		// The log must not become a second, unguarded copy of the data: neither rows in DETAIL nor statements.
		"log_error_verbosity":     "terse",
		"log_min_error_statement": "panic",
	}
}

// settingArgs returns the arguments of the command line, sorted, so that two starts have the same.
func settingArgs(settings map[string]string) []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

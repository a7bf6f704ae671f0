package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/migrations"
)

func TestTheDoctorJudgesClocksAndDisks(t *testing.T) {
	t.Parallel()
	for grade, f := range map[string][]Finding{
		GradeOK:      {judgeClock(-900*time.Millisecond, 0), judgeClock(20*time.Second, time.Minute), judgeDisk(100 << 30)},
		GradeWarning: {judgeClock(-3*time.Second, time.Second), judgeDisk(1 << 30)},
		GradeFailed:  {judgeClock(2*time.Minute, time.Second), judgeDisk(100 << 20)},
	} {
		for i, f := range f {
			if f.Grade != grade {
				t.Errorf("case %d of %s: %+v", i, grade, f)
			}
		}
	}
}

func TestTheDoctorRefusesAnOldPostgres(t *testing.T) {
	t.Parallel()
	old := &patient{report: migrations.Report{Server: migrations.Server{Version: 140_012}}}
	if f := checkVersion(t.Context(), old); f.Grade != GradeFailed || !strings.Contains(f.Found, "Postgres 14") {
		t.Errorf("%+v", f)
	}
}

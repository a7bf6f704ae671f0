package typeset

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEachFontIsWhole(t *testing.T) {
	t.Parallel()
	families := []family{latin, ideographs}
	for _, o := range others {
		families = append(families, o.family)
	}
	entries, err := files.ReadDir("fonts")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, f := range families {
		for _, font := range []*Font{f.regular, f.bold} {
			if font == nil {
				continue
			}
			used++
			if _, err := font.parse(); err != nil {
				t.Error(err)
			}
		}
	}
	if used != len(entries) {
		t.Errorf("%d fonts of %d are used", used, len(entries))
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Latin": "Łódź Đặng ﬁ “12” – … € ₽ ₹ ₺ × · −", "Greek": "Ακμή", "Cyrillic": "Анна Їжак", "Hebrew": "בע״מ", "Arabic": "شركة، ١٢٣",
		"Han": "有限公司 國際", "Kana": "株式会社テスト", "Hangul": "주식회사 서울", "Devanagari": "क्षत्रिय", "Thai": "บริษัท", "Armenian": "Հայաստան", "Georgian": "საქართველო",
		"Bengali": "বাংলা", "Tamil": "தமிழ்", "Telugu": "తెలుగు", "Gujarati": "ગુજરાતી", "Gurmukhi": "ਪੰਜਾਬੀ", "Kannada": "ಕನ್ನಡ", "Malayalam": "മലയാളം", "Sinhala": "සිංහල",
		"Khmer": "ខ្មែរ", "Lao": "ລາວ", "Myanmar": "မြန်မာ", "Ethiopic": "አማርኛ", "marks": "a\u202eb\u200b\tc",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if missing := Missing(text); len(missing) > 0 {
				t.Errorf("%q", missing)
			}
			for _, line := range New().Wrap(text, true, Widest) {
				for _, run := range line.Runs {
					for _, g := range run.Glyphs {
						if g.ID == 0 {
							t.Errorf("no glyph in %s of %q", run.Font.Name, run.Text)
						}
					}
				}
			}
		})
	}
	if missing := string(Missing("a🎉b🎉𓀀")); missing != "🎉𓀀" {
		t.Errorf("missing %s", missing)
	}
}

// seen gives the text of a line as the eye meets it from left to right.
func seen(line Line) string {
	var b strings.Builder
	for _, run := range line.Runs {
		for _, g := range run.Glyphs {
			b.WriteString(g.Text)
		}
	}
	return b.String()
}

func TestOrder(t *testing.T) {
	t.Parallel()
	turned := func(text string) string {
		letters := []rune(text)
		slices.Reverse(letters)
		return string(letters)
	}
	for name, c := range map[string]struct {
		text, want string
		rtl        bool
	}{
		"left to right":          {"abc 12", "abc 12", false},
		"right to left":          {"אבג דהו", turned("אבג דהו"), true},
		"a name within":          {"abc אבג def", "abc " + turned("אבג") + " def", false},
		"a number within a name": {"abc אבג 123 דהו def", "abc " + turned("דהו") + " 123 " + turned("אבג") + " def", false},
		"a number behind a name": {"abc אבג 12.50", "abc 12.50 " + turned("אבג"), false},
		"a foreign word":         {"אבג abc דהו", turned("דהו") + " abc " + turned("אבג"), true},
		"brackets face it":       {"אבג (abc)", ")abc( " + turned("אבג"), true}, // each is drawn as the other
		"marks are left out":     {"a\u202ecb\u2067d\x00", "acbd ", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := New().Wrap(c.text, false, Widest)[0]
			if got := seen(line); got != c.want || line.RightToLeft != c.rtl {
				t.Errorf("%q, %t; want %q", got, line.RightToLeft, c.want)
			}
		})
	}
}

// Letters take the forms that they have beside one another.
func TestForms(t *testing.T) {
	t.Parallel()
	glyphs := func(text string, bold bool) (ids []uint16) {
		for _, run := range New().Wrap(text, bold, Widest)[0].Runs {
			for _, g := range run.Glyphs {
				ids = append(ids, g.ID)
			}
		}
		return ids
	}
	if alone, joined := glyphs("س", false), glyphs("سس", false); alone[0] == joined[0] || joined[0] == joined[1] {
		t.Errorf("Arabic letters don't join: %v and %v", alone, joined)
	}
	if letters := glyphs("क्ष", false); len(letters) != 1 {
		t.Errorf("a Devanagari conjunct has %d glyphs", len(letters))
	}
	if slices.Equal(glyphs("−", false), []uint16{0}) {
		t.Error("a minus is not drawn")
	}
	for text, thick := range map[string]bool{"abc": false, "東京": true, "서울": false, "বাংলা": true, "שלום": false} {
		if got := New().Wrap(text, true, Widest)[0].Runs[0].Thicken; got != thick {
			t.Errorf("%s thickened: %t", text, got)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	s := New()
	if lines := s.Wrap("", false, 100); len(lines) != 1 || lines[0].Width != 0 {
		t.Errorf("nothing gives %v", lines)
	}
	if lines := s.Wrap("one two three", false, s.Width("one two", false)+1); len(lines) != 2 || strings.TrimSpace(seen(lines[0])) != "one two" {
		t.Errorf("%v", lines)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aWi .,-()12€éΩЖאבسلا東京서कषिไท🎉\u0301\u00a0\u202f\n"))).Draw(t, "text")
		width := rapid.Float64Range(3000, 20_000).Draw(t, "width")
		bold := rapid.Bool().Draw(t, "bold")
		var runs []string
		for _, line := range New().Wrap(text, bold, width) {
			if line.Width > width+1 {
				t.Fatalf("a line of %v is wider than %v", line.Width, width)
			}
			for _, run := range line.Runs {
				runs = append(runs, run.Text)
			}
		}
		got, want := []rune(strings.Join(runs, "")), clean(text)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("letters got lost: %q of %q", string(got), string(want))
		}
	})
}

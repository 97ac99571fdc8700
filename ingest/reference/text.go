package reference

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/entaudience/entaudience/schemas"
)

// maxFile bounds what is read into memory. The whole national directory is
// about 45 MB.
const maxFile = 256 << 20

// readText reads a whole text file and gives it in UTF-8 without BOM. The
// encoding is judged on the whole file: a BOM decides; else what is mostly
// UTF-8 is UTF-8 (a few broken bytes become U+FFFD); else it is Windows-1252,
// of which Latin-1's printable part is a subset. What is not text is Invalid,
// with a sentence that names what it is.
func readText(r io.Reader, l *layout) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("read the file: %w", err)
	}
	if len(raw) > maxFile {
		return "", schemas.Refuse("Ce fichier dépasse %d Mo : ce n'est pas %s.", maxFile>>20, l.name)
	}
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		if raw, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw); err != nil {
			return "", schemas.Refuse("Ce fichier UTF-16 est illisible : réenregistrez-le en « CSV UTF-8 ».")
		}
	}
	if err := refuseNotCSV(raw, l.advice); err != nil {
		return "", err
	}
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	if mostlyUTF8(raw) {
		return strings.ToValidUTF8(string(raw), "\uFFFD"), nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return "", fmt.Errorf("decode Windows-1252: %w", err)
	}
	return string(text), nil
}

// refuseNotCSV recognises by its first bytes what people import by mistake.
func refuseNotCSV(raw []byte, advice string) error {
	start := bytes.TrimLeft(raw, " \t\r\n")
	switch {
	case len(start) == 0:
		return schemas.Refuse("Ce fichier est vide. %s", advice)
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return schemas.Refuse("Ce fichier est un classeur (xlsx, ods) ou une archive zip, pas un CSV : ouvrez-le et enregistrez-le au format « CSV UTF-8 », ou décompressez-le.")
	case bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")):
		return schemas.Refuse("Ce fichier est un ancien classeur Excel (xls), pas un CSV : ouvrez-le et enregistrez-le au format « CSV UTF-8 ».")
	case bytes.HasPrefix(raw, []byte("\x1f\x8b")):
		return schemas.Refuse("Ce fichier est compressé (gzip) : décompressez-le avant de l'importer.")
	case bytes.HasPrefix(raw, []byte("%PDF")):
		return schemas.Refuse("Ce fichier est un PDF, pas un CSV. %s", advice)
	case start[0] == '<':
		return schemas.Refuse("Ce fichier est une page HTML ou XML, pas un CSV : le téléchargement a sans doute rendu une page d'erreur. %s", advice)
	case start[0] == '{', start[0] == '[':
		return schemas.Refuse("Ce fichier est du JSON, pas un CSV. %s", advice)
	case bytes.IndexByte(raw, 0) >= 0:
		return schemas.Refuse("Ce fichier n'est pas un texte : il contient des octets nuls. %s", advice)
	}
	return nil
}

// mostlyUTF8 says whether more of the non-ASCII bytes form valid UTF-8
// sequences than do not.
func mostlyUTF8(raw []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > bad
}

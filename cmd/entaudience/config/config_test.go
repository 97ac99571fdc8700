package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/cmd/entaudience/config"
	"github.com/entaudience/entaudience/schemas"
)

var update = flag.Bool("update", false, "write generated parts of the README")

// One bad file per rule, and what is said of it.
func TestBadFiles(t *testing.T) {
	want := map[string]string{
		"unknown_key.bad.yml":        `unknown field "data_dirr"`,
		"unknown_nested_key.bad.yml": `unknown field "lisen"`,
		"wrong_type.bad.yml":         `int was used where sequence is expected`,
		"listen.bad.yml":             `serve.listen: "8080" is not host:port`,
		"open_without_login.bad.yml": `access.mode: none is refused unless collect.listen and serve.listen are loopback addresses`,
		"unknown_mode.bad.yml":       `access.mode: "ldap" is not known: none, local, oidc or header`,
		"access_url.bad.yml":         `serve.url: access.mode local needs the address that people type`,
		"access_plain.bad.yml":       `serve.url: http is for loopback addresses`,
		"serve_url.bad.yml":          `serve.url: expected https://host, without a path`,
		"oidc_issuer.bad.yml":        `access.oidc.issuer: expected https://host`,
		"oidc_client.bad.yml":        `access.oidc.client_id: access.mode oidc needs our name at the provider`,
		"oidc_nobody.bad.yml":        `access.mode: oidc opens nothing to anybody without access.oidc.access_claims or access.mapping`,
		"oidc_subject.bad.yml":       `access.oidc.subject_claim: must name a claim`,
		"oidc_none.bad.yml":          `access.oidc.issuer: access.mode oidc needs the identity provider`,
		"header_proxies.bad.yml":     `access.proxies: access.mode header needs the addresses of the proxies it believes`,
		"header_subject.bad.yml":     `access.header.subject: access.mode header needs the header that names the person`,
		"mail_server.bad.yml":        `mail.server: "smtp.example" is not host:port`,
		"mail_from.bad.yml":          `mail.from: expected Name <address@host>`,
		"mail_tls.bad.yml":           `mail.tls: none is for a server on this machine`,
		"mail_nobody.bad.yml":        `mail.server: the weekly message is for persons, and access.mode none knows none`,
		"proxies.bad.yml":            `access.proxies: "proxy.example" is not an address or a CIDR`,
		"lifetime.bad.yml":           `access.lifetime: 1m0s is not between 5m0s and 168h0m0s`,
		"clickhouse_url.bad.yml":     `clickhouse.url: expected http(s)://user:password@host:8123/db`,
		"broker.bad.yml":             `kafka.brokers: "broker" is not host:port`,
		"threshold.bad.yml":          `disclosure.threshold: -1 is negative`,
		"established.bad.yml":        `usage.established: 0 is not a percentage from 1 to 100`,
		"silent_weeks.bad.yml":       `usage.silent_weeks: 0 is not a number of weeks from 1 to 40`,
		"price.bad.yml":              `convention.price: -45 is not a price in euros`,
		"zone.bad.yml":               `calendar.zone: must name a holiday zone`,
		"retention.bad.yml":          `retention.cells_months: 26 is not between 13 and 25; retention.raw_weeks: 1 is not between 2 and 13`,
		"data_dir.bad.yml":           `data_dir: must name a folder`,
	}
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %d expectations (%v)", len(files), len(want), err)
	}
	for _, f := range files {
		_, err := config.Load(f, nil)
		message := want[filepath.Base(f)]
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: error %v, want it to contain %q", f, err, message)
			continue
		}
		if schemas.KindOf(err) != schemas.Invalid {
			t.Errorf("%s: kind %s", f, schemas.KindOf(err))
		}
		if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "secretpassword") {
			t.Errorf("%s: not one line, or it tells a password: %q", f, err)
		}
	}
}

func TestEnvironmentOverridesFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("data_dir: /from/file\nserve: {listen: \"127.0.0.1:1\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, []string{"ENTAUDIENCE_SERVE_LISTEN=127.0.0.1:2", "ENTAUDIENCE_KAFKA_BROKERS=a:1,b:2", "ENTAUDIENCE_TEST_REQUIRED=1", "HOME=/"})
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "/from/file" || c.Serve.Listen != "127.0.0.1:2" || !reflect.DeepEqual(c.Kafka.Brokers, []string{"a:1", "b:2"}) || c.Disclosure.Threshold != 5 {
		t.Errorf("%+v", c)
	}
	if _, err := config.Load("", []string{"ENTAUDIENCE_SERVE_LISTN=x"}); err == nil || !strings.Contains(err.Error(), "unknown variable ENTAUDIENCE_SERVE_LISTN") {
		t.Errorf("misspelt variable: %v", err)
	}
}

func TestMaskedHidesPasswords(t *testing.T) {
	c := config.Defaults()
	c.ClickHouse.URL = "https://pilot:hunter2@db.example:8443/ent"
	c.Access.OIDC.ClientSecret, c.Mail.Password = "hunter2 too", "hunter2 as well"
	if text := c.Masked(); strings.Contains(text, "hunter2") || !strings.Contains(text, "db.example") {
		t.Error(text)
	}
}

func TestExampleIsTheDefaults(t *testing.T) {
	c, err := config.Load("../../../deploy/entaudience.example.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Defaults()
	if got, want := c.Masked(), want.Masked(); got != want {
		t.Errorf("deploy/entaudience.example.yaml says\n%s\nthe defaults are\n%s", got, want)
	}
	text, err := os.ReadFile("../../../deploy/entaudience.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range config.Reference() {
		last := k.Name[strings.LastIndexByte(k.Name, '.')+1:]
		if !strings.Contains(string(text), last+":") {
			t.Errorf("the example lacks %s", k.Name)
		}
	}
}

// The README's tables are generated; `make generate` writes them.
func TestReadmeTables(t *testing.T) {
	const path = "../../../README.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for name, table := range map[string]string{"configuration": config.Table(), "indicators": indicators()} {
		section := regexp.MustCompile(`(?s)(<!-- ` + name + `: generated -->\n).*?(<!-- end -->)`)
		if !section.MatchString(readme) {
			t.Fatalf("README.md lacks the section %s", name)
		}
		readme = section.ReplaceAllStringFunc(readme, func(old string) string {
			parts := section.FindStringSubmatch(old)
			return parts[1] + table + parts[2]
		})
	}
	if readme == string(text) {
		return
	}
	if !*update {
		t.Fatal("the tables of README.md are out of date: run `make generate`")
	}
	if err := os.WriteFile(path, []byte(readme), 0o644); err != nil {
		t.Fatal(err)
	}
}

func indicators() string {
	var b strings.Builder
	b.WriteString("| Indicateur | Unité | Formule | Additivité | Source |\n|---|---|---|---|---|\n")
	for _, i := range schemas.Indicators() {
		b.WriteString("| " + strings.Join([]string{i.Label, i.Unit, i.Formula, i.Additivity.String(), i.Source}, " | ") + " |\n")
	}
	return b.String()
}

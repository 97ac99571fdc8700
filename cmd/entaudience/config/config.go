// Package config is how entaudience is told what to do: defaults in code,
// overridden by a strict YAML file, overridden by ENTAUDIENCE_* variables,
// then validated as a whole. It opens nothing.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/goccy/go-yaml"

	"github.com/entaudience/entaudience/schemas"
)

// Config is the whole configuration. Every key has a default.
type Config struct {
	DataDir    string     `yaml:"data_dir" env:"DATA_DIR" help:"Embedded engines, spool, week key and lock."`
	Collect    Collect    `yaml:"collect" envPrefix:"COLLECT_"`
	Kafka      Kafka      `yaml:"kafka" envPrefix:"KAFKA_"`
	ClickHouse ClickHouse `yaml:"clickhouse" envPrefix:"CLICKHOUSE_"`
	Serve      Serve      `yaml:"serve" envPrefix:"SERVE_"`
	Access     Access     `yaml:"access" envPrefix:"ACCESS_"`
	Mail       Mail       `yaml:"mail" envPrefix:"MAIL_"`
	Disclosure Disclosure `yaml:"disclosure" envPrefix:"DISCLOSURE_"`
	Calendar   Calendar   `yaml:"calendar" envPrefix:"CALENDAR_"`
	Usage      Usage      `yaml:"usage" envPrefix:"USAGE_"`
	Convention Convention `yaml:"convention" envPrefix:"CONVENTION_"`
	Privacy    Privacy    `yaml:"privacy" envPrefix:"PRIVACY_"`
	Retention  Retention  `yaml:"retention" envPrefix:"RETENTION_"`
}

// Collect configures the collector.
type Collect struct {
	Listen     string   `yaml:"listen" env:"LISTEN" help:"Address of the collector: hit.xiti and hit.xitif."`
	Sites      []string `yaml:"sites" env:"SITES" help:"Accepted collectivities (s of the tag); empty accepts all."`
	SiteMap    string   `yaml:"site_map" env:"SITE_MAP" help:"CSV file s;s2;uai for tags of the 2012 plan; reloaded when it changes."`
	SpoolBytes int64    `yaml:"spool_bytes" env:"SPOOL_BYTES" help:"Room in data_dir/spool for events that Kafka does not take, some 100 bytes each; once it is full, hits are answered 503. 0 keeps none."`
}

// Kafka configures the queue.
type Kafka struct {
	Brokers []string `yaml:"brokers" env:"BROKERS" help:"Addresses host:port of the cluster; empty runs the embedded broker."`
}

// ClickHouse configures the engine.
type ClickHouse struct {
	URL     string `yaml:"url" env:"URL" secret:"url" help:"http(s)://user:password@host:8123/db or clickhouse://user:password@host:9000/db; empty runs the embedded engine."`
	Library string `yaml:"library" env:"LIBRARY" help:"Path of libchdb for the embedded engine; empty looks beside the program and in deploy/node_modules."`
}

// Serve configures the dashboards.
type Serve struct {
	Listen string `yaml:"listen" env:"LISTEN" help:"Address of the dashboards."`
	URL    string `yaml:"url" env:"URL" help:"Address that people type, https://host; empty is http:// and serve.listen, on loopback only."`
}

// Disclosure configures which cells are withheld.
type Disclosure struct {
	Threshold int `yaml:"threshold" env:"THRESHOLD" help:"Smallest number of distinct users that pages may show for a school; 0 withholds nothing."`
}

// Calendar configures school time.
type Calendar struct {
	Zone string `yaml:"zone" env:"ZONE" help:"Holiday zone of the region: A, B, C, or its name in the national calendar."`
}

// Usage configures what pilots call an established use and a silent school.
type Usage struct {
	Established int `yaml:"established" env:"ESTABLISHED" help:"Percent of a school's pupils who use the ENT in a week from which its use is established."`
	SilentWeeks int `yaml:"silent_weeks" env:"SILENT_WEEKS" help:"School weeks without any event after which an enrolled school is silent."`
}

// Convention configures what a school costs.
type Convention struct {
	Price float64 `yaml:"price" env:"PRICE" help:"Price of the convention in euros, all taxes included, for a school and a school year."`
}

// Defaults runs everything on this machine, for this machine only.
func Defaults() Config {
	return Config{
		DataDir:    "./data",
		Collect:    Collect{Listen: "127.0.0.1:8081", SpoolBytes: 1 << 30},
		Serve:      Serve{Listen: "127.0.0.1:8080"},
		Access:     accessDefaults(),
		Mail:       Mail{TLS: "starttls"},
		Disclosure: Disclosure{Threshold: 5},
		Calendar:   Calendar{Zone: "C"},
		Usage:      Usage{Established: 10, SilentWeeks: 4},
		Convention: Convention{Price: 45},
		Privacy:    Privacy{Signal: true},
		Retention:  Retention{RawWeeks: 13, CellsMonths: 25},
	}
}

// Load reads the file, if path is not empty, and the variables of environ
// ("KEY=value"). The error is Invalid and names the key.
func Load(path string, environ []string) (Config, error) {
	c := Defaults()
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, schemas.WithKind(schemas.Invalid, fmt.Errorf("read configuration: %w", err))
		}
		if err := decode(text, &c); err != nil {
			return c, schemas.WithKind(schemas.Invalid, fmt.Errorf("%s: %w", path, err))
		}
	}
	if err := fromEnviron(&c, environ); err != nil {
		return c, schemas.WithKind(schemas.Invalid, err)
	}
	return c, c.Validate()
}

func decode(text []byte, c *Config) error {
	err := yaml.NewDecoder(bytes.NewReader(text), yaml.DisallowUnknownField()).Decode(c)
	if err == nil || errors.Is(err, io.EOF) { // an empty file changes nothing
		return nil
	}
	// The library quotes the source around the error, which may hold a
	// password: keep the position and the first line.
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}

const envPrefix = "ENTAUDIENCE_"

// otherVariables belong to the program but not to the configuration.
var otherVariables = []string{"ENTAUDIENCE_LIBCHDB"}

func fromEnviron(c *Config, environ []string) error {
	values := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(k, envPrefix) && !strings.HasPrefix(k, envPrefix+"TEST_") && !slices.Contains(otherVariables, k) {
			values[k] = v
		}
	}
	known := map[string]bool{}
	for _, k := range Reference() {
		known[k.Variable] = true
	}
	for k := range values {
		if !known[k] {
			return fmt.Errorf("unknown variable %s: see the table of the README", k)
		}
	}
	if err := env.ParseWithOptions(c, env.Options{Prefix: envPrefix, Environment: values}); err != nil {
		return fmt.Errorf("read %s* variables: %w", envPrefix, err)
	}
	return nil
}

// Validate checks the configuration as a whole. The error is Invalid and names
// the keys.
func (c Config) Validate() error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if c.DataDir == "" {
		add("data_dir: must name a folder")
	}
	for key, addr := range map[string]string{"collect.listen": c.Collect.Listen, "serve.listen": c.Serve.Listen} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			add("%s: %q is not host:port", key, addr)
		}
	}
	for _, b := range c.Kafka.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			add("kafka.brokers: %q is not host:port", b)
		}
	}
	if c.ClickHouse.URL != "" {
		u, err := url.Parse(c.ClickHouse.URL)
		if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "clickhouse"}, u.Scheme) {
			add("clickhouse.url: expected http(s)://user:password@host:8123/db or clickhouse://user:password@host:9000/db")
		}
	}
	c.validateAccess(add)
	c.validateMail(add)
	if c.Calendar.Zone == "" {
		add("calendar.zone: must name a holiday zone, such as C")
	}
	if c.Collect.SpoolBytes < 0 {
		add("collect.spool_bytes: %d is negative", c.Collect.SpoolBytes)
	}
	if c.Usage.Established < 1 || c.Usage.Established > 100 {
		add("usage.established: %d is not a percentage from 1 to 100", c.Usage.Established)
	}
	if c.Usage.SilentWeeks < 1 || c.Usage.SilentWeeks > 40 {
		add("usage.silent_weeks: %d is not a number of weeks from 1 to 40", c.Usage.SilentWeeks)
	}
	if c.Convention.Price < 0 || c.Convention.Price > 1e6 || c.Convention.Price != c.Convention.Price {
		add("convention.price: %v is not a price in euros", c.Convention.Price)
	}
	if c.Disclosure.Threshold < 0 {
		add("disclosure.threshold: %d is negative", c.Disclosure.Threshold)
	}
	wrong = append(wrong, c.Retention.validate()...)
	if len(wrong) == 0 {
		return nil
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	texts := make([]string, len(wrong))
	for i, w := range wrong {
		texts[i] = w.Error()
	}
	return schemas.WithKind(schemas.Invalid, errors.New(strings.Join(texts, "; ")))
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	return loopbackHost(host)
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

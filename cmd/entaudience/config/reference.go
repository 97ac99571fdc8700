package config

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// Key is one key of the configuration, for the reference table.
type Key struct {
	Name     string // in YAML: "collect.listen"
	Variable string // in the environment: "ENTAUDIENCE_COLLECT_LISTEN"
	Default  string
	Help     string
}

// Reference lists every key in the order of the file.
func Reference() []Key {
	d := Defaults()
	return keys(reflect.ValueOf(d), "", envPrefix)
}

func keys(v reflect.Value, name, variable string) []Key {
	var all []Key
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := name + f.Tag.Get("yaml")
		if prefix, nested := f.Tag.Lookup("envPrefix"); nested {
			all = append(all, keys(v.Field(i), key+".", variable+prefix)...)
			continue
		}
		value := fmt.Sprint(v.Field(i).Interface())
		if v.Field(i).Kind() == reflect.Slice {
			value = strings.Trim(value, "[]")
		}
		all = append(all, Key{key, variable + f.Tag.Get("env"), value, f.Tag.Get("help")})
	}
	return all
}

// Table is the reference as a Markdown table, for the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| Key | Variable | Default | |\n|---|---|---|---|\n")
	for _, k := range Reference() {
		value := "(empty)"
		if k.Default != "" {
			value = "`" + k.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", k.Name, k.Variable, value, k.Help)
	}
	return b.String()
}

// Masked is the configuration as YAML, without passwords.
func (c Config) Masked() string {
	if u, err := url.Parse(c.ClickHouse.URL); err == nil {
		c.ClickHouse.URL = u.Redacted()
	} else {
		c.ClickHouse.URL = "(unreadable)"
	}
	for _, secret := range []*string{&c.Access.OIDC.ClientSecret, &c.Mail.Password} {
		if *secret != "" {
			*secret = "(set)"
		}
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Sprintf("# %v\n", err)
	}
	return string(text)
}

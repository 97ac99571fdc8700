package collect

import (
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// The names that ua-parser gives, mapped to the lists of the national open
// data (domain §4) by this project's rules (domain §2.3). Arguments called
// lower are the User-Agent in lower case.

// notPersonal are the marks of televisions, consoles and other screens that
// run a browser on a system of the national lists.
var notPersonal = []string{
	"smart-tv", "smarttv", "smart_tv", "googletv", "google tv", "android tv", "androidtv",
	"appletv", "apple tv", "hbbtv", "bravia", "crkey", "netcast", "web0s", "webos", "roku",
	"; aft", "playstation", "nintendo", "xbox", "oculus", "quest ", "smartwatch",
}

// familyOfOS maps an OS of ua-parser. The platform hint, where the browser
// sends one, is that of the device and wins over the User-Agent, which
// browsers freeze.
func familyOfOS(name, lower, platform string) schemas.OS {
	if containsAny(lower, notPersonal[:]) && !strings.Contains(lower, "android") {
		return schemas.AutreOS
	}
	switch strings.Trim(platform, `" `) {
	case "Android":
		return schemas.Android
	case "Chrome OS", "Chromium OS":
		return schemas.ChromeOS
	case "Windows":
		return schemas.Windows
	case "macOS":
		return schemas.MacOS
	case "iOS":
		return schemas.IOS
	case "Linux":
		return schemas.Linux
	}
	switch name {
	case "Android":
		return schemas.Android
	case "iOS":
		return schemas.IOS
	case "Mac OS X", "Mac OS":
		return schemas.MacOS
	case "Chrome OS":
		return schemas.ChromeOS
	case "Windows":
		return schemas.Windows
	case "Linux", "Ubuntu", "Kubuntu", "Xubuntu", "Lubuntu", "Debian", "Fedora", "Red Hat",
		"CentOS", "SUSE", "openSUSE", "Gentoo", "Mandriva", "Linux Mint", "Mint", "Slackware",
		"Arch Linux", "PCLinuxOS":
		return schemas.Linux
	}
	return schemas.AutreOS
}

// deviceClass tells a computer from a phone from a tablet. An Android browser
// says "Mobile" on a phone and not on a tablet, and its mobile hint says the
// same; an iPad says so, except in its default desktop mode, where nothing
// distinguishes it from a Mac. Opera Mini never says it.
func deviceClass(os schemas.OS, lower, mobileHint string) schemas.Device {
	if containsAny(lower, notPersonal[:]) {
		return schemas.AutreAppareil
	}
	mobile := mobileHint == "?1" ||
		mobileHint == "" && containsAny(lower, []string{"mobile", "opera mini", "phone"})
	switch os {
	case schemas.IOS:
		if strings.Contains(lower, "ipad") {
			return schemas.Tablette
		}
		return schemas.Smartphone
	case schemas.Android:
		if mobile && !strings.Contains(lower, "tablet") {
			return schemas.Smartphone
		}
		return schemas.Tablette
	case schemas.Windows, schemas.MacOS, schemas.ChromeOS:
		return schemas.Ordinateur
	case schemas.Linux:
		if mobile {
			return schemas.Smartphone
		}
		return schemas.Ordinateur
	}
	switch {
	case strings.Contains(lower, "tablet"):
		return schemas.Tablette
	case mobile:
		return schemas.Smartphone
	case strings.Contains(lower, "x11;"):
		return schemas.Ordinateur
	}
	return schemas.AutreAppareil
}

// familyOfBrowser maps a browser of ua-parser. Chrome on any Android, the
// embedded WebView included, is chromeMobile; on iOS it is chrome, because the
// list reserves chromeMobile for Android ◇.
func familyOfBrowser(name string, os schemas.OS, lower string) schemas.Browser {
	switch {
	case strings.Contains(lower, "huaweibrowser/"):
		return schemas.HuaweiBrowser
	case strings.Contains(lower, "miuibrowser/"):
		return schemas.MiuiBrowser
	case strings.HasPrefix(name, "Samsung Internet"):
		return schemas.SamsungBrowser
	case strings.HasPrefix(name, "Opera"), strings.Contains(lower, " opt/"): // Opera on iOS
		return schemas.Opera
	case strings.HasPrefix(name, "Edge"):
		return schemas.Edge
	case strings.HasPrefix(name, "Firefox"):
		return schemas.Firefox
	case name == "Safari", strings.HasPrefix(name, "Mobile Safari"):
		return schemas.Safari
	case name == "Chromium", name == "Chrome", strings.HasPrefix(name, "Chrome Mobile"):
		if os == schemas.Android {
			return schemas.ChromeMobile
		}
		return schemas.Chrome
	}
	return schemas.AutreNavigateur
}

// headless are the marks of browsers driven by a program, which ua-parser does
// not call robots.
var headless = []string{"headlesschrome", "phantomjs", "chrome-lighthouse", "site24x7", "datadogsynthetics", "gtmetrix"}

// isRobot complements the robots of ua-parser's list of devices, which reads
// only the first hundred characters, by those of its list of browsers.
// Command-line clients (curl, wget, HTTP libraries) are not robots: operators
// try the collector with them.
func isRobot(browser, lower string) bool {
	return strings.HasSuffix(strings.ToLower(browser), "bot") || containsAny(lower, headless)
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

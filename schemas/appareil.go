package schemas

// What the collector derives from the User-Agent at the edge: three closed
// lists, spelt as the columns of the national open data.

// Device is a class of device.
type Device string

// OS is a family of operating systems.
type OS string

// Browser is a family of browsers.
type Browser string

// The classes of devices.
const (
	Ordinateur    Device = "ordinateur"
	Smartphone    Device = "smartphone"
	Tablette      Device = "tablette"
	AutreAppareil Device = "autreappareil"
)

// The families of operating systems.
const (
	Android  OS = "android"
	Windows  OS = "windows"
	IOS      OS = "ios" // iPhone and iPad
	MacOS    OS = "macos"
	ChromeOS OS = "chromeos"
	Linux    OS = "linux"
	AutreOS  OS = "autreOS"
)

// The families of browsers.
const (
	ChromeMobile    Browser = "chromeMobile" // Chrome on any Android
	Safari          Browser = "safari"
	Chrome          Browser = "chrome"
	Firefox         Browser = "firefox" // also on Android
	Edge            Browser = "edge"
	SamsungBrowser  Browser = "samsungBrowser"
	Opera           Browser = "opera"
	HuaweiBrowser   Browser = "huaweiBrowser"
	MiuiBrowser     Browser = "miuiBrowser"
	AutreNavigateur Browser = "autreNavigateur" // also Internet Explorer
)

// Devices lists the classes of devices in the order of the open data.
func Devices() []Device { return []Device{Ordinateur, Smartphone, Tablette, AutreAppareil} }

// OSes lists the families of operating systems in the order of the open data.
func OSes() []OS { return []OS{Android, Windows, IOS, MacOS, ChromeOS, Linux, AutreOS} }

// Browsers lists the families of browsers in the order of the open data.
func Browsers() []Browser {
	return []Browser{
		ChromeMobile, Safari, Chrome, Firefox, Edge, SamsungBrowser,
		Opera, HuaweiBrowser, MiuiBrowser, AutreNavigateur,
	}
}

var deviceLabels = map[string]string{
	string(Ordinateur): "Ordinateur", string(Smartphone): "Smartphone",
	string(Tablette): "Tablette", string(AutreAppareil): "Autre appareil",
	string(Android): "Android", string(Windows): "Windows", string(IOS): "iOS et iPadOS",
	string(MacOS): "macOS", string(ChromeOS): "ChromeOS", string(Linux): "Linux",
	string(AutreOS): "Autre système", string(ChromeMobile): "Chrome sur Android",
	string(Safari): "Safari", string(Chrome): "Chrome", string(Firefox): "Firefox",
	string(Edge): "Edge", string(SamsungBrowser): "Samsung Internet", string(Opera): "Opera",
	string(HuaweiBrowser): "Huawei Browser", string(MiuiBrowser): "MIUI Browser",
	string(AutreNavigateur): "Autre navigateur",
}

// Label is the French name on pages.
func (d Device) Label() string { return label(deviceLabels, string(d)) }

// Label is the name on pages.
func (o OS) Label() string { return label(deviceLabels, string(o)) }

// Label is the name on pages.
func (b Browser) Label() string { return label(deviceLabels, string(b)) }

// label is the label of a code, or the code itself when it is unknown.
func label(labels map[string]string, code string) string {
	if l, ok := labels[code]; ok {
		return l
	}
	return code
}

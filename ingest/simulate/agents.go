package simulate

import "github.com/entaudience/entaudience/schemas"

// agent is a browser on a device: its User-Agent, and the families that a
// collector must find in it.
type agent struct {
	device  schemas.Device
	os      schemas.OS
	browser schemas.Browser
	share   float64 // among those of the device; invented, near what is common
	text    string
}

const (
	webkit = " AppleWebKit/537.36 (KHTML, like Gecko) "
	apple  = " AppleWebKit/605.1.15 (KHTML, like Gecko) "
	phone  = "Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/143.0.0.0 Mobile Safari/537.36"
	tablet = "Mozilla/5.0 (Linux; Android 10; K)" + webkit + "Chrome/143.0.0.0 Safari/537.36"
	nt     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
	mac    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
	iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)"
	desk   = "Chrome/143.0.0.0 Safari/537.36"
)

var agents = []agent{
	{schemas.Smartphone, schemas.Android, schemas.ChromeMobile, 44, phone},
	{schemas.Smartphone, schemas.Android, schemas.ChromeMobile, 4, "Mozilla/5.0 (Linux; Android 14; Pixel 7 Build/UP1A.231005.007; wv)" + webkit + "Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36"},
	{schemas.Smartphone, schemas.Android, schemas.SamsungBrowser, 11, "Mozilla/5.0 (Linux; Android 10; K)" + webkit + "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"},
	{schemas.Smartphone, schemas.Android, schemas.Firefox, 1.8, "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"},
	{schemas.Smartphone, schemas.Android, schemas.MiuiBrowser, 1.1, "Mozilla/5.0 (Linux; U; Android 12; fr-fr; M2101K7AG Build/SKQ1.210908.001)" + webkit + "Version/4.0 Chrome/100.0.4896.127 Mobile Safari/537.36 XiaoMi/MiuiBrowser/13.28.0-gn"},
	{schemas.Smartphone, schemas.Android, schemas.HuaweiBrowser, 0.9, "Mozilla/5.0 (Linux; Android 10; ELS-NX9; HMSCore 6.11.0.302)" + webkit + "Chrome/105.0.5195.148 HuaweiBrowser/14.0.2.311 Mobile Safari/537.36"},
	{schemas.Smartphone, schemas.Android, schemas.Opera, 0.8, phone + " OPR/90.0.0.0"},
	{schemas.Smartphone, schemas.Android, schemas.Edge, 0.7, phone + " EdgA/143.0.0.0"},
	{schemas.Smartphone, schemas.IOS, schemas.Safari, 32, iphone + apple + "Version/18.6 Mobile/15E148 Safari/604.1"},
	{schemas.Smartphone, schemas.IOS, schemas.Chrome, 3.4, iphone + apple + "CriOS/143.0.7499.101 Mobile/15E148 Safari/604.1"},
	{schemas.Smartphone, schemas.IOS, schemas.Firefox, 0.3, iphone + apple + "FxiOS/145.0 Mobile/15E148 Safari/605.1.15"},

	{schemas.Ordinateur, schemas.Windows, schemas.Chrome, 47, nt + webkit + desk},
	{schemas.Ordinateur, schemas.Windows, schemas.Edge, 22, nt + webkit + desk + " Edg/143.0.0.0"},
	{schemas.Ordinateur, schemas.Windows, schemas.Firefox, 12, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"},
	{schemas.Ordinateur, schemas.Windows, schemas.Opera, 1, nt + webkit + desk + " OPR/127.0.0.0"},
	{schemas.Ordinateur, schemas.Windows, schemas.AutreNavigateur, 0.3, "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"},
	{schemas.Ordinateur, schemas.MacOS, schemas.Safari, 5.2, mac + apple + "Version/18.6 Safari/605.1.15"},
	{schemas.Ordinateur, schemas.MacOS, schemas.Chrome, 3.5, mac + webkit + desk},
	{schemas.Ordinateur, schemas.ChromeOS, schemas.Chrome, 5, "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)" + webkit + desk},
	{schemas.Ordinateur, schemas.Linux, schemas.Firefox, 3, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"},
	{schemas.Ordinateur, schemas.Linux, schemas.Chrome, 1, "Mozilla/5.0 (X11; Linux x86_64)" + webkit + desk},

	{schemas.Tablette, schemas.IOS, schemas.Safari, 42, "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X)" + apple + "Version/17.5 Mobile/15E148 Safari/604.1"},
	{schemas.Tablette, schemas.Android, schemas.ChromeMobile, 46, tablet},
	{schemas.Tablette, schemas.Android, schemas.SamsungBrowser, 12, "Mozilla/5.0 (Linux; Android 12; SAMSUNG SM-T733)" + webkit + "SamsungBrowser/19.0 Chrome/102.0.5005.125 Safari/537.36"},

	{schemas.AutreAppareil, schemas.AutreOS, schemas.Chrome, 1, "Mozilla/5.0 (Web0S; Linux/SmartTV)" + webkit + "Chrome/94.0.4606.128 Safari/537.36 WebAppManager"},
}

// deviceShares are the shares of devices in the visits of a profile: the
// national ones for pupils and parents, the others invented.
var deviceShares = [profileCount]map[schemas.Device]float64{
	eleve:        {schemas.Smartphone: 54, schemas.Ordinateur: 43.9, schemas.Tablette: 2, schemas.AutreAppareil: 0.1},
	parent:       {schemas.Smartphone: 81.5, schemas.Ordinateur: 17.9, schemas.Tablette: 0.5, schemas.AutreAppareil: 0.1},
	enseignant:   {schemas.Smartphone: 11, schemas.Ordinateur: 87.5, schemas.Tablette: 1.5},
	admin:        {schemas.Smartphone: 6, schemas.Ordinateur: 93.5, schemas.Tablette: 0.5},
	collectivite: {schemas.Smartphone: 6, schemas.Ordinateur: 94},
	autre:        {schemas.Smartphone: 50, schemas.Ordinateur: 48, schemas.Tablette: 2},
}

// agentPickers draw a browser for a profile.
var agentPickers = func() (all [profileCount]picker) {
	for p := range all {
		weights := make([]float64, len(agents))
		for i, a := range agents {
			total := 0.0
			for _, b := range agents {
				if b.device == a.device {
					total += b.share
				}
			}
			weights[i] = deviceShares[p][a.device] * a.share / total
		}
		all[p] = newPicker(weights)
	}
	return all
}()

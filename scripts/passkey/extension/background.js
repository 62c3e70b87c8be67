// A page of its own, since a popup would close as soon as the passkey's window takes the focus.
chrome.action.onClicked.addListener(() => chrome.tabs.create({ url: chrome.runtime.getURL('page.html') }))

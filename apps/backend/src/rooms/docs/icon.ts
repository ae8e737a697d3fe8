/** The icon in a browser's tab: two steps that feed a third. Browsers ask for it by this address wherever a page names none. */
export const iconPath = '/favicon.ico';

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0a62c4"/>
<path d="M10 9h4c5 0 3 7 8 7M10 23h4c5 0 3-7 8-7" fill="none" stroke="#fff" stroke-width="2.5"/>
<g fill="#fff"><circle cx="9" cy="9" r="4"/><circle cx="9" cy="23" r="4"/><circle cx="23" cy="16" r="4"/></g>
</svg>`;

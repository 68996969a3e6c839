/** Pages of the sign-in, as mustache templates: whatever comes from clients and members is escaped. */

export const SIGN_IN = `<h1>Sign in</h1>
<p>{{client}} wants to use PromptForge for you.</p>
{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="{{base}}/sign-in/{{uid}}">
  <input type="hidden" name="form_token" value="{{formToken}}">
  <label>Username
    <input type="text" name="username" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="100" required>
  </label>
  <label>Password
    <input type="password" name="password" autocomplete="current-password" maxlength="1024" required>
  </label>
  <button>Sign in</button>
  <button class="second" formaction="{{base}}/sign-in/{{uid}}/deny" formnovalidate>Cancel</button>
</form>
{{#providers}}<p><a class="button" href="{{base}}/sign-in/{{uid}}/with/{{name}}">Sign in with {{provider}}</a></p>
{{/providers}}`;

export const TENANTS = `<h1>Choose a tenant</h1>
<p>{{client}} can work in one of your tenants. In which?</p>
<form method="get" action="{{base}}/sign-in/{{uid}}">
  {{#tenants}}<button class="second" name="tenant" value="{{id}}">{{name}} <span class="quiet">({{role}})</span></button>
  {{/tenants}}
</form>`;

export const CONSENT = `<h1>{{client}} asks for access</h1>
<p>to the tenant <strong>{{tenant}}</strong>, where you are {{role}}. Allow it to:</p>
<form method="post" action="{{base}}/sign-in/{{uid}}/allow">
  <input type="hidden" name="form_token" value="{{formToken}}">
  <input type="hidden" name="tenant" value="{{tenantId}}">
  <ul>
    {{#scopes}}<li><label><input type="checkbox" name="scope" value="{{scope}}" checked> <span>{{words}}</span></label></li>
    {{/scopes}}
  </ul>
  {{#dropped}}<p class="quiet">It also asked to: {{dropped}}. Your role does not allow that.</p>{{/dropped}}
  <p class="quiet">{{origin}} {{destination}} It stays allowed for up to {{days}} days, until it gives that up, or until you disconnect it on the page <a href="{{base}}/connected-apps" target="_blank">Connected apps</a>.</p>
  <button>Allow</button>
  <button class="second" formaction="{{base}}/sign-in/{{uid}}/deny">Do not allow</button>
  <p class="quiet account">Signed in as {{username}}.
    <button class="link" formaction="{{base}}/sign-in/{{uid}}/sign-out">Use another account</button>
    {{#otherTenants}}<a href="{{base}}/sign-in/{{uid}}">Choose another tenant</a>{{/otherTenants}}
  </p>
</form>`;

export const NOTHING_TO_ALLOW = `<h1>{{client}} asks for more than you may</h1>
<p>In the tenant <strong>{{tenant}}</strong> you are {{role}}. It asked to: {{dropped}}. Your role does not allow that: ask an admin of the tenant.</p>
<form method="post" action="{{base}}/sign-in/{{uid}}/deny">
  <input type="hidden" name="form_token" value="{{formToken}}">
  <button>Go back to {{client}}</button>
  <p class="quiet account">Signed in as {{username}}.
    <button class="link" formaction="{{base}}/sign-in/{{uid}}/sign-out">Use another account</button>
    {{#otherTenants}}<a href="{{base}}/sign-in/{{uid}}">Choose another tenant</a>{{/otherTenants}}
  </p>
</form>`;

export const PROBLEM = `<h1>{{title}}</h1>
<p class="bad" role="alert">{{message}}</p>
{{#code}}<p class="quiet">Error: {{code}}</p>{{/code}}`;

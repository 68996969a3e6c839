/** Pages of invitations, new passwords, addresses and connected apps, as mustache templates: whatever comes from people is escaped. */

export const INVITATION = `<h1>{{inviter}} invites you to {{tenant}}</h1>
<p>You would be its {{role}}. The invitation works once, until {{expires}}.</p>
{{#email}}<p>It was made for <strong>{{email}}</strong>. A new account is known by that address, and whoever owns it can set the account's password: go on only if it is yours.</p>{{/email}}
{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="{{base}}/invitation/register">
  <input type="hidden" name="code" value="{{code}}">
  <p><strong>I am new here</strong></p>
  <label>Choose a username
    <input type="text" name="username" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="100" required>
  </label>
  <label>Choose a password
    <input type="password" name="password" autocomplete="new-password" minlength="8" maxlength="1024" required>
  </label>
  <button>Register and join</button>
</form>
<hr>
<form method="post" action="{{base}}/invitation/sign-in">
  <input type="hidden" name="code" value="{{code}}">
  <p><strong>I have an account</strong></p>
  <label>Username
    <input type="text" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="100" required>
  </label>
  <label>Password
    <input type="password" name="password" autocomplete="current-password" maxlength="1024" required>
  </label>
  <button class="second">Sign in and join</button>
</form>`;

export const JOINED = `<h1>You have joined {{tenant}}</h1>
<p>You are its {{role}}. Connect your MCP client to this server, and sign in as {{username}} when it asks.</p>
{{#mcp}}<p>The server's address for MCP clients is <code>{{mcp}}</code>. For Claude Code:</p>
<p><code>claude mcp add --transport http promptforge {{mcp}}</code></p>{{/mcp}}`;

export const NEW_PASSWORD = `<h1>Set a new password</h1>
<p>All your sessions end with it. API keys stay.</p>
{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="{{base}}/password-reset">
  <input type="hidden" name="code" value="{{code}}">
  <label>New password
    <input type="password" name="password" autocomplete="new-password" minlength="8" maxlength="1024" required>
  </label>
  <button>Set the password</button>
</form>`;

export const CONFIRM_EMAIL = `<h1>Confirm your address</h1>
<p>Codes for a new password go there from then on.</p>
{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="{{base}}/email-confirmation">
  <input type="hidden" name="code" value="{{code}}">
  <button>Confirm</button>
</form>`;

export const EMAIL_CONFIRMED = `<h1>Your address is confirmed</h1>
<p>{{email}} is the address to which a code goes when you forget your password.</p>`;

export const PASSWORD_SET = `<h1>Your password is set</h1>
<p>Every session of yours has ended. Sign in with the new password.</p>`;

export const CONNECTED_APPS_SIGN_IN = `<h1>Connected apps</h1>
<p>The apps that you let act for you, in all your tenants. Sign in to see them, and to disconnect one.</p>
{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="{{base}}/connected-apps">
  <label>Username
    <input type="text" name="username" value="{{username}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="100" required>
  </label>
  <label>Password
    <input type="password" name="password" autocomplete="current-password" maxlength="1024" required>
  </label>
  <button>Show my apps</button>
</form>`;

export const CONNECTED_APPS = `<h1>Connected apps</h1>
{{#none}}<p>No app acts for you.</p>{{/none}}
{{#apps}}
<form method="post" action="{{base}}/connected-apps/disconnect">
  <input type="hidden" name="token" value="{{token}}">
  <input type="hidden" name="id" value="{{id}}">
  <p><strong>{{app}}</strong> in {{tenant}}</p>
  <p>It may {{scopes}}. Allowed on {{since}}, until {{until}}.</p>
  <button class="second">Disconnect {{app}}</button>
</form>
<hr>
{{/apps}}
<form method="post" action="{{base}}/connected-apps/leave">
  <input type="hidden" name="token" value="{{token}}">
  <button>Done</button>
</form>`;

export const CONNECTED_APPS_LEFT = `<h1>You have left this page</h1>
<p>What you disconnected is refused from its next call on; it can ask you again.</p>`;
